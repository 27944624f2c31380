import { Box, Text } from "ink";
import { HELP } from "./keys.ts";
import { Piece } from "./lines.tsx";
import type { Ui } from "./ui.ts";

/** The keys of this page, or the filter while it is typed. */
export function Footer({ ui }: { readonly ui: Ui }) {
  return (
    <Box height={1} flexShrink={0} paddingLeft={1}>
      <Text wrap="truncate-end">{ui.isTyping ? <Filter ui={ui} /> : <Keys ui={ui} />}</Text>
    </Box>
  );
}

function Keys({ ui: { page, filter, lens } }: { readonly ui: Ui }) {
  if (page === "help") return <Text>any key closes the help</Text>;
  const text = page === "logs" ? lens.find : filter;
  const keys = HELP.filter(({ footer }) => footer?.[page] !== undefined);
  return (
    <>
      {text !== "" && page !== "detail" && <Text inverse>{`filter: ${text}`}</Text>}
      {keys.map(({ keys: name, footer }, at) => (
        <Text key={name}>
          {at > 0 || text !== "" ? "  " : ""}
          <Text bold>{name}</Text> <Piece text={footer?.[page] ?? ""} tone="dim" />
        </Text>
      ))}
    </>
  );
}

function Filter({ ui: { page, filter, lens } }: { readonly ui: Ui }) {
  return (
    <>
      <Text bold>{page === "logs" ? "lines with: " : "services with: "}</Text>
      {page === "logs" ? lens.find : filter}
      <Text inverse> </Text>
      <Piece text="  enter keeps it, esc takes it back" tone="dim" />
    </>
  );
}
