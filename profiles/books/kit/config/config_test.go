package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type settings struct {
	Listen   string
	Database struct{ URL string }
}

func folderWith(t *testing.T, name, text string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestTheEnvironmentPicksTheFile(t *testing.T) {
	t.Setenv("CLUSTER_ENV", "staging")
	folder := folderWith(t, "config.staging.toml", `listen = ":9000"`)

	var got settings
	if err := Load(folder, &got); err != nil {
		t.Fatal(err)
	}
	if got.Listen != ":9000" {
		t.Errorf("listen = %q", got.Listen)
	}
}

func TestASecretComesFromTheEnvironment(t *testing.T) {
	t.Setenv("CLUSTER_ENV", "")
	t.Setenv("DATABASE_PASSWORD", "tower")
	folder := folderWith(t, "config.local.toml", "[database]\nurl = \"postgres://books:${DATABASE_PASSWORD}@postgres\"")

	var got settings
	if err := Load(folder, &got); err != nil {
		t.Fatal(err)
	}
	if got.Database.URL != "postgres://books:tower@postgres" {
		t.Errorf("url = %q", got.Database.URL)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Setenv("CLUSTER_ENV", "local")
	for text, want := range map[string]string{
		`lisen = ":1"`:                 "unknown key lisen",
		`listen = "${BOOKS_NOT_SET}"`:  "BOOKS_NOT_SET",
		`listen = `:                    "config.local.toml",
		"[database]\nhost = \"there\"": "unknown key database.host",
	} {
		err := Load(folderWith(t, "config.local.toml", text), &settings{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error = %v, want one that says %q", text, err, want)
		}
	}
}
