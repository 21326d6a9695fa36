package scaleway

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
	"gopkg.in/yaml.v2"
)

// configFile is the config file of the Scaleway CLI, scw.
type configFile struct {
	path string
	// loadProblem is the reason why the file has no content, or "".
	loadProblem string
	content     scw.Config
}

// profile is a profile of the config file, or the zero value for no profile.
type profile struct {
	name, path string
	values     scw.Profile
}

// isSet reports whether the profile sets a value.
func (p profile) isSet(field setting) bool {
	value := field.fromProfile(&p.values)
	return value != nil && *value != ""
}

// label returns the name and the file of the profile for messages.
func (p profile) label() string { return fmt.Sprintf("profile %q of %s", p.name, p.path) }

// configPaths returns the paths at which the config file may be, in order of precedence.
func configPaths(env Environment) []string {
	if path := env.Getenv(scw.ScwConfigPathEnv); path != "" {
		return []string{filepath.Clean(path)}
	}
	dir := ""
	switch xdg := env.Getenv("XDG_CONFIG_HOME"); {
	case xdg != "":
		dir = filepath.Join(xdg, "scw")
	case env.Home != "":
		dir = filepath.Join(env.Home, ".config", "scw")
	default:
		return nil
	}
	return []string{filepath.Join(dir, "config.yaml"), filepath.Join(dir, "config.yml")}
}

// readConfigFile reads the first config file that exists. It adds a problem to configErr if the file cannot be read or
// parsed; a file that does not exist is no problem. It does not use scw.LoadConfigFromPath, which prints a warning
// about permissions to standard output, which the plugin protocol owns, and whose errors may contain a secret.
func readConfigFile(env Environment, configErr *ConfigError) configFile {
	paths := configPaths(env)
	if len(paths) == 0 {
		return configFile{path: "config.yaml", loadProblem: "cannot be located without a home directory"}
	}
	file := configFile{path: paths[0], loadProblem: "does not exist"}
	for _, path := range paths {
		content, err := env.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		file.path, file.loadProblem = path, ""
		if err != nil {
			file.loadProblem = "cannot be read"
			configErr.Problems = append(configErr.Problems, ConfigProblem{
				Setting: "config file", Message: path + " cannot be read: " + pathErrorCause(err),
				Fix: "make the file readable, or set SCW_CONFIG_PATH to another file",
			})
			return file
		}
		if err := yaml.Unmarshal(content, &file.content); err != nil {
			file.loadProblem, file.content = "cannot be parsed", scw.Config{}
			configErr.Problems = append(configErr.Problems, ConfigProblem{
				Setting: "config file", Message: path + " is not a valid YAML config file" + yamlErrorLines(err),
				Fix: "correct the file, or set SCW_CONFIG_PATH to another file",
			})
		}
		return file
	}
	return file
}

// pathErrorCause returns the text of a file system error without its path.
func pathErrorCause(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// yamlErrorLines returns the line numbers in an error of the YAML parser. The full error text may contain a secret.
func yamlErrorLines(err error) string {
	lines := regexp.MustCompile(`line \d+`).FindAllString(err.Error(), -1)
	if len(lines) == 0 {
		return ""
	}
	return " (" + strings.Join(slices.Compact(lines), ", ") + ")"
}

// namedProfile returns the profile with a name, or no profile if the name is "". by is the attribute or the variable
// that sets the name.
func (f configFile) namedProfile(by, name string, configErr *ConfigError) profile {
	if name == "" || f.loadProblem != "" && f.loadProblem != "does not exist" {
		// readConfigFile has reported the problem with the file; its profiles are not known.
		return profile{}
	}
	if name == scw.DefaultProfileName {
		return profile{name: name, path: f.path, values: f.content.Profile}
	}
	values, ok := f.content.Profiles[name]
	if !ok {
		configErr.Problems = append(configErr.Problems, ConfigProblem{
			Setting: by, Message: fmt.Sprintf(
				"names the profile %q, which does not exist", name,
			), Fix: f.unknownProfileFix(),
		})
		return profile{}
	}
	if values == nil {
		values = &scw.Profile{}
	}
	return profile{name: name, path: f.path, values: *scw.MergeProfiles(&f.content.Profile, values)}
}

// unknownProfileFix returns the next step when a profile does not exist.
func (f configFile) unknownProfileFix() string {
	if f.loadProblem != "" {
		return fmt.Sprintf("%s %s: create it with `scw init`, or do not set a profile", f.path, f.loadProblem)
	}
	names := append([]string{scw.DefaultProfileName}, slices.Sorted(maps.Keys(f.content.Profiles))...)
	return fmt.Sprintf("%s has these profiles: %s", f.path, strings.Join(names, ", "))
}

// activeProfile returns the active profile of the config file: the one that SCW_PROFILE names, otherwise the one that
// active_profile names, otherwise the top level.
func (f configFile) activeProfile(env Environment, configErr *ConfigError) profile {
	if name := env.Getenv(scw.ScwActiveProfileEnv); name != "" {
		return f.namedProfile(scw.ScwActiveProfileEnv, name, configErr)
	}
	if name := f.content.ActiveProfile; name != nil && *name != "" {
		return f.namedProfile("active_profile of "+f.path, *name, configErr)
	}
	return f.namedProfile("", scw.DefaultProfileName, configErr)
}
