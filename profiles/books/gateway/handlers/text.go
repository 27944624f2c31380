package handlers

import (
	"fmt"
	"strings"

	"books.example/gateway/shelf"
)

// asText is the shop for people with a terminal.
func asText(filled shelf.Shelf) string {
	var page strings.Builder
	fmt.Fprintf(&page, "THE HOT SWAP BOOKSHOP\n%s\n", filled.Motto)
	for _, book := range filled.Books {
		fmt.Fprintf(&page, "\n%s  %s", book.Cover, book.Title)
		if book.Author.Name != "" {
			fmt.Fprintf(&page, ", by %s", book.Author.Name)
		}
		fmt.Fprintf(&page, " (%d)", book.Year)
		if book.Hearts > 0 {
			fmt.Fprintf(&page, "  ♥ %d", book.Hearts)
		}
		fmt.Fprintf(&page, "\n    %s\n", book.Blurb)
		for _, review := range book.Reviews {
			fmt.Fprintf(&page, "    %s  %q, says %s\n", stars(review.Stars), review.Words, review.Reader)
		}
	}
	if len(filled.Away) > 0 {
		fmt.Fprintf(&page, "\nNot answering right now: %s. Shown is what was last known.\n", strings.Join(filled.Away, ", "))
	}
	return page.String()
}

func stars(number int) string {
	const most = 5
	if number < 0 || number > most {
		return "?????"
	}
	return strings.Repeat("★", number) + strings.Repeat("☆", most-number)
}
