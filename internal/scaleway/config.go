package scaleway

import (
	"net/url"
	"os"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
	"github.com/scaleway/scaleway-sdk-go/validation"
)

// Where nothing else is set, as in the official provider.
const (
	defaultAPIURL = "https://api.scaleway.com"
	defaultRegion = scw.RegionFrPar
	defaultZone   = scw.ZoneFrPar1
)

// Settings are the attributes of the provider block; "" is not set.
type Settings struct {
	AccessKey, SecretKey, OrganizationID, ProjectID, Region, Zone, Profile, APIURL string
}

// Environment is what the configuration reads from outside.
type Environment struct {
	// Getenv returns an environment variable, or "" where it is not set.
	Getenv func(string) string
	// ReadFile returns a file's content, with an error that errors.Is knows as fs.ErrNotExist where there is none.
	ReadFile func(string) ([]byte, error)
	// Home is the user's home directory (%USERPROFILE% on Windows), or "" where there is none.
	Home string
}

// OSEnvironment is the process's own environment.
func OSEnvironment() Environment {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return Environment{Getenv: os.Getenv, ReadFile: os.ReadFile, Home: home}
}

// Config is a complete and well-formed configuration; ProjectID and OrganizationID may be "".
type Config struct {
	AccessKey, SecretKey, OrganizationID, ProjectID string

	Region scw.Region
	Zone   scw.Zone
	// APIURL has no trailing slash.
	APIURL string
	// Overridden names the attributes of the block that an environment variable overrides with another value, with that
	// variable: "region (SCW_DEFAULT_REGION)".
	Overridden []string
}

// setting is one configurable value, under all its names.
type setting struct {
	// name is the attribute of the provider block; key is the key in the config file.
	name, key string
	// variables are the environment variables, the current name first, then those the SDK still reads.
	variables []string
	ofBlock   func(*Settings) string
	ofProfile func(*scw.Profile) *string
	ofConfig  func(*Config) *string
	// problem says what is wrong with a value, or "". It does not repeat a secret.
	problem func(string) string
	fix     string
}

func allSettings() []setting {
	return []setting{
		{
			name: "access_key", key: "access_key",
			variables: []string{scw.ScwAccessKeyEnv, "SCALEWAY_ACCESS_KEY"},
			ofBlock:   func(s *Settings) string { return s.AccessKey },
			ofProfile: func(p *scw.Profile) *string { return p.AccessKey },
			ofConfig:  func(c *Config) *string { return &c.AccessKey },
			problem:   accessKeyProblem,
			fix:       "API keys are made at https://console.scaleway.com/iam/api-keys",
		}, {
			name: "secret_key", key: "secret_key",
			variables: []string{scw.ScwSecretKeyEnv, "SCW_TOKEN", "SCALEWAY_TOKEN", "SCALEWAY_ACCESS_KEY"},
			ofBlock:   func(s *Settings) string { return s.SecretKey },
			ofProfile: func(p *scw.Profile) *string { return p.SecretKey },
			ofConfig:  func(c *Config) *string { return &c.SecretKey },
			problem:   secretKeyProblem,
			fix:       "it is shown once, when the API key is made",
		}, {
			name: "organization_id", key: "default_organization_id",
			variables: []string{scw.ScwDefaultOrganizationIDEnv, "SCW_ORGANIZATION", "SCALEWAY_ORGANIZATION"},
			ofBlock:   func(s *Settings) string { return s.OrganizationID },
			ofProfile: func(p *scw.Profile) *string { return p.DefaultOrganizationID },
			ofConfig:  func(c *Config) *string { return &c.OrganizationID },
			problem:   uuidProblem,
			fix:       "the console shows it under Organization, Settings",
		}, {
			name: "project_id", key: "default_project_id",
			variables: []string{scw.ScwDefaultProjectIDEnv},
			ofBlock:   func(s *Settings) string { return s.ProjectID },
			ofProfile: func(p *scw.Profile) *string { return p.DefaultProjectID },
			ofConfig:  func(c *Config) *string { return &c.ProjectID },
			problem:   uuidProblem,
			fix:       "the console shows it under Project, Settings",
		}, {
			name: "region", key: "default_region",
			variables: []string{scw.ScwDefaultRegionEnv, "SCW_REGION", "SCALEWAY_REGION"},
			ofBlock:   func(s *Settings) string { return s.Region },
			ofProfile: func(p *scw.Profile) *string { return p.DefaultRegion },
			ofConfig:  func(c *Config) *string { return (*string)(&c.Region) },
			problem:   regionProblem,
			fix:       "regions are " + join(scw.AllRegions),
		}, {
			name: "zone", key: "default_zone",
			variables: []string{scw.ScwDefaultZoneEnv},
			ofBlock:   func(s *Settings) string { return s.Zone },
			ofProfile: func(p *scw.Profile) *string { return p.DefaultZone },
			ofConfig:  func(c *Config) *string { return (*string)(&c.Zone) },
			problem:   zoneProblem,
			fix:       "zones are " + join(scw.AllZones),
		}, {
			name: "api_url", key: "api_url",
			variables: []string{scw.ScwAPIURLEnv},
			ofBlock:   func(s *Settings) string { return s.APIURL },
			ofProfile: func(p *scw.Profile) *string { return p.APIURL },
			ofConfig:  func(c *Config) *string { return &c.APIURL },
			problem:   apiURLProblem,
			fix:       "leave it out for " + defaultAPIURL,
		},
	}
}

func accessKeyProblem(value string) string {
	switch {
	case value == "":
		return "is missing"
	case !validation.IsAccessKey(value):
		return "is malformed: an access key is SCW and 17 capital letters or digits"
	}
	return ""
}

func secretKeyProblem(value string) string {
	switch {
	case value == "":
		return "is missing"
	case !validation.IsSecretKey(value):
		return "is malformed: a secret key is a UUID, as in 00112233-4455-4677-8899-aabbccddeeff"
	}
	return ""
}

func uuidProblem(value string) string {
	if value == "" || validation.IsUUID(value) {
		return ""
	}
	return "is malformed: " + quoted(value) + " is not a UUID, as in 00112233-4455-4677-8899-aabbccddeeff"
}

func regionProblem(value string) string {
	if value == "" || IsRegion(value) {
		return ""
	}
	return "is malformed: " + quoted(value) + " is not a region"
}

func zoneProblem(value string) string {
	if value == "" || IsZone(value) {
		return ""
	}
	return "is malformed: " + quoted(value) + " is not a zone"
}

// apiURLProblem does not repeat the value: a URL can hold a password.
func apiURLProblem(value string) string {
	if value == "" {
		return ""
	}
	parsed, err := url.Parse(value)
	switch {
	case err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http":
		return "is malformed: it must be an address that starts with https:// or http://"
	case parsed.User != nil:
		return "is malformed: it must hold no user name and no password"
	case parsed.RawQuery != "" || parsed.Fragment != "":
		return "is malformed: it must hold no query and no fragment"
	}
	return ""
}

// Load finds the configuration as the official provider does, for each setting on its own: an environment variable wins
// over the attribute of the block, that over the profile that the block names, that over the active profile of the
// config file (SCW_PROFILE, else active_profile, else the top of the file), that over the defaults. A zone without a
// region gives the region of the zone. All that is wrong comes back in one *ConfigError.
func Load(s Settings, env Environment) (Config, error) {
	failure := &ConfigError{}
	file := readConfigFile(env, failure)
	chosen := file.chosen("profile", s.Profile, failure)
	active := file.active(env, failure)
	failure.LookedAt = lookedAt(s, file, active)

	var cfg Config
	for _, one := range allSettings() {
		variable, fromEnv := lookup(env, one.variables)
		fromBlock := one.ofBlock(&s)
		value, from := "", ""
		switch {
		case fromEnv != "":
			value, from = fromEnv, "environment variable "+variable
			if one.name == "region" {
				value = currentRegion(value)
			}
			if fromBlock != "" && fromBlock != value {
				cfg.Overridden = append(cfg.Overridden, one.name+" ("+variable+")")
			}
		case fromBlock != "":
			value, from = fromBlock, "provider block"
		case chosen.has(one):
			value, from = *one.ofProfile(&chosen.values), chosen.label()
		case active.has(one):
			value, from = *one.ofProfile(&active.values), active.label()
		}
		*one.ofConfig(&cfg) = value
		if problem := one.problem(value); problem != "" {
			failure.add(one, problem, from)
		}
	}
	if len(failure.Findings) > 0 {
		return Config{}, failure
	}
	return cfg.completed(), nil
}

// completed fills in what follows from the rest.
func (cfg Config) completed() Config {
	switch {
	case cfg.Region == "" && cfg.Zone == "":
		cfg.Region, cfg.Zone = defaultRegion, defaultZone
	case cfg.Region == "":
		if region, err := cfg.Zone.Region(); err == nil {
			cfg.Region = region
		}
	case cfg.Zone == "":
		cfg.Zone = scw.Zone(cfg.Region + "-1")
	}
	if cfg.APIURL == "" {
		cfg.APIURL = defaultAPIURL
	}
	cfg.APIURL = strings.TrimRight(cfg.APIURL, "/")
	return cfg
}

// usable checks a configuration that did not come from Load.
func usable(cfg Config) error {
	failure := &ConfigError{}
	for _, one := range allSettings() {
		if problem := one.problem(*one.ofConfig(&cfg)); problem != "" {
			failure.add(one, problem, "")
		}
	}
	if len(failure.Findings) > 0 {
		return failure
	}
	return nil
}

// lookup returns the first variable that is set, and its value.
func lookup(env Environment, variables []string) (variable, value string) {
	for _, variable := range variables {
		if value := env.Getenv(variable); value != "" {
			return variable, value
		}
	}
	return "", ""
}

// currentRegion reads the names that regions had in old environment variables, as the SDK does.
func currentRegion(name string) string {
	switch name {
	case "par1":
		return string(scw.RegionFrPar)
	case "ams1":
		return string(scw.RegionNlAms)
	}
	return name
}
