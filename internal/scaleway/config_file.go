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

// configFile is the config file of the scw tool.
type configFile struct {
	path string
	// state says in a word why there is no content, or "".
	state   string
	content scw.Config
}

// profile is a profile of the config file.
type profile struct {
	name, path string
	values     scw.Profile
}

func (p profile) has(one setting) bool {
	value := one.ofProfile(&p.values)
	return value != nil && *value != ""
}

func (p profile) label() string { return fmt.Sprintf("profile %q of %s", p.name, p.path) }

// configPaths are where the config file is looked for, in this order; the first that exists is it.
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

// readConfigFile reads the config file. That there is none is no error; one that cannot be read or parsed is.
func readConfigFile(env Environment, failure *ConfigError) configFile {
	paths := configPaths(env)
	if len(paths) == 0 {
		return configFile{path: "config.yaml", state: "there is no home directory to find it in"}
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
			failure.Findings = append(failure.Findings, Finding{
				Setting: "config file", Problem: path + " cannot be read: " + cause(err),
				Fix: "make it readable, or set SCW_CONFIG_PATH to another file",
			})
			return file
		}
		if err := yaml.Unmarshal(content, &file.content); err != nil {
			file.state, file.content = "cannot be parsed", scw.Config{}
			failure.Findings = append(failure.Findings, Finding{
				Setting: "config file", Problem: path + " is not a valid YAML config file" + faultyLines(err),
				Fix: "correct it, or set SCW_CONFIG_PATH to another file",
			})
		}
		return file
	}
	return file
}

// cause is what an error of the file system says, without the path again.
func cause(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// faultyLines says where a YAML file is wrong. The parser's own words can repeat a secret.
func faultyLines(err error) string {
	lines := regexp.MustCompile(`line \d+`).FindAllString(err.Error(), -1)
	if len(lines) == 0 {
		return ""
	}
	return " (" + strings.Join(slices.Compact(lines), ", ") + ")"
}

// chosen returns the profile of a name; by is the attribute or the variable that names it. An empty name is no profile.
func (f configFile) chosen(by, name string, failure *ConfigError) profile {
	none := profile{}
	if name == "" || f.state != "" && f.state != "does not exist" {
		// What is wrong with the file was said; which profiles it has is not known.
		return none
	}
	if name == scw.DefaultProfileName {
		return profile{name: name, path: f.path, values: f.content.Profile}
	}
	values, ok := f.content.Profiles[name]
	if !ok {
		failure.Findings = append(failure.Findings, Finding{
			Setting: by, Problem: fmt.Sprintf("names the profile %q, which does not exist", name), Fix: f.profilesFix(),
		})
		return none
	}
	if values == nil {
		values = &scw.Profile{}
	}
	return profile{name: name, path: f.path, values: *scw.MergeProfiles(&f.content.Profile, values)}
}

func (f configFile) profilesFix() string {
	if f.state != "" {
		return fmt.Sprintf("%s %s: make it with `scw init`, or leave the profile out", f.path, f.state)
	}
	names := append([]string{scw.DefaultProfileName}, slices.Sorted(maps.Keys(f.content.Profiles))...)
	return fmt.Sprintf("%s has these profiles: %s", f.path, strings.Join(names, ", "))
}

// active returns the profile that is in force where the block names none.
func (f configFile) active(env Environment, failure *ConfigError) profile {
	if name := env.Getenv(scw.ScwActiveProfileEnv); name != "" {
		return f.chosen(scw.ScwActiveProfileEnv, name, failure)
	}
	if name := f.content.ActiveProfile; name != nil && *name != "" {
		return f.chosen("active_profile of "+f.path, *name, failure)
	}
	return f.chosen("", scw.DefaultProfileName, failure)
}
