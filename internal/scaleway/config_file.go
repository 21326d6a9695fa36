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
	// state is the reason why the file has no content, or "".
	state   string
	content scw.Config
}

// profile is a profile of the config file, or the zero value for no profile.
type profile struct {
	name, path string
	values     scw.Profile
}

// has reports whether the profile sets a value.
func (p profile) has(field setting) bool {
	value := field.ofProfile(&p.values)
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
// parsed; a file that does not exist is no problem.
func readConfigFile(env Environment, configErr *ConfigError) configFile {
	paths := configPaths(env)
	if len(paths) == 0 {
		return configFile{path: "config.yaml", state: "cannot be located without a home directory"}
	}
	file := configFile{path: paths[0], state: "does not exist"}
	for _, path := range paths {
		content, err := env.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		file.path, file.state = path, ""
		if err != nil {
			file.state = "cannot be read"
			configErr.Findings = append(configErr.Findings, Finding{
				Setting: "config file", Problem: path + " cannot be read: " + cause(err),
				Fix: "make the file readable, or set SCW_CONFIG_PATH to another file",
			})
			return file
		}
		if err := yaml.Unmarshal(content, &file.content); err != nil {
			file.state, file.content = "cannot be parsed", scw.Config{}
			configErr.Findings = append(configErr.Findings, Finding{
				Setting: "config file", Problem: path + " is not a valid YAML config file" + faultyLines(err),
				Fix: "correct the file, or set SCW_CONFIG_PATH to another file",
			})
		}
		return file
	}
	return file
}

// cause returns the text of a file system error without its path.
func cause(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// faultyLines returns the line numbers in an error of the YAML parser. The full error text may contain a secret.
func faultyLines(err error) string {
	lines := regexp.MustCompile(`line \d+`).FindAllString(err.Error(), -1)
	if len(lines) == 0 {
		return ""
	}
	return " (" + strings.Join(slices.Compact(lines), ", ") + ")"
}

// chosen returns the profile with a name, or no profile if the name is "". by is the attribute or the variable that
// sets the name.
func (f configFile) chosen(by, name string, configErr *ConfigError) profile {
	if name == "" || f.state != "" && f.state != "does not exist" {
		// readConfigFile has reported the problem with the file; its profiles are not known.
		return profile{}
	}
	if name == scw.DefaultProfileName {
		return profile{name: name, path: f.path, values: f.content.Profile}
	}
	values, ok := f.content.Profiles[name]
	if !ok {
		configErr.Findings = append(configErr.Findings, Finding{
			Setting: by, Problem: fmt.Sprintf("names the profile %q, which does not exist", name), Fix: f.profilesFix(),
		})
		return profile{}
	}
	if values == nil {
		values = &scw.Profile{}
	}
	return profile{name: name, path: f.path, values: *scw.MergeProfiles(&f.content.Profile, values)}
}

// profilesFix returns the next step when a profile does not exist.
func (f configFile) profilesFix() string {
	if f.state != "" {
		return fmt.Sprintf("%s %s: create it with `scw init`, or do not set a profile", f.path, f.state)
	}
	names := append([]string{scw.DefaultProfileName}, slices.Sorted(maps.Keys(f.content.Profiles))...)
	return fmt.Sprintf("%s has these profiles: %s", f.path, strings.Join(names, ", "))
}

// active returns the active profile of the config file: SCW_PROFILE, else active_profile, else the top level.
func (f configFile) active(env Environment, configErr *ConfigError) profile {
	if name := env.Getenv(scw.ScwActiveProfileEnv); name != "" {
		return f.chosen(scw.ScwActiveProfileEnv, name, configErr)
	}
	if name := f.content.ActiveProfile; name != nil && *name != "" {
		return f.chosen("active_profile of "+f.path, *name, configErr)
	}
	return f.chosen("", scw.DefaultProfileName, configErr)
}
