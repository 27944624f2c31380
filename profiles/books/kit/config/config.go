// Package config reads a service's settings from the folder in which its
// repository keeps one config.<environment>.toml for each environment.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

// Environment is the name of the environment this process runs in.
func Environment() string {
	if name := os.Getenv("CLUSTER_ENV"); name != "" {
		return name
	}
	return "local"
}

// Load fills settings from folder/config.<environment>.toml.
//
// ${NAME} in the file stands for an environment variable, which keeps secrets
// out of the repository. A key that settings does not know is an error: a
// mistyped key would otherwise be a setting that silently never applies.
func Load(folder string, settings any) error {
	path := filepath.Join(folder, "config."+Environment()+".toml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	expanded, err := expand(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	meta, err := toml.Decode(expanded, settings)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("%s: unknown key %s", path, unknown[0])
	}
	return nil
}

var placeholder = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

func expand(text string) (string, error) {
	var missing []string
	expanded := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		name := strings.Trim(match, "${}")
		value, set := os.LookupEnv(name)
		if !set {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("not set in the environment: %s", strings.Join(missing, ", "))
	}
	return expanded, nil
}
