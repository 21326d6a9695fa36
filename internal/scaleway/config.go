package scaleway

import (
	"cmp"
	"net/url"
	"os"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
	"github.com/scaleway/scaleway-sdk-go/validation"
)

// The default settings, which are those of the official provider.
const (
	defaultAPIURL = "https://api.scaleway.com"
	defaultRegion = scw.RegionFrPar
	defaultZone   = scw.ZoneFrPar1
)

// Settings holds the attributes of the provider block; "" means that an attribute is not set.
type Settings struct {
	AccessKey, SecretKey, OrganizationID, ProjectID, Region, Zone, Profile, APIURL,
	ObjectStorageURL string
	// ProfileFlag is the flag of a command that names the profile, such as "--profile": errors then do not speak of the
	// provider block. Empty: the settings are those of the provider block.
	ProfileFlag string
}

// profileSource returns what names the profile.
func (s Settings) profileSource() string {
	return cmp.Or(s.ProfileFlag, "profile")
}

// Environment gives access to environment variables and files.
type Environment struct {
	// Getenv returns an environment variable, or "" if it is not set.
	Getenv func(string) string
	// ReadFile returns the content of a file. Its error matches fs.ErrNotExist if the file does not exist.
	ReadFile func(string) ([]byte, error)
	// Home is the user's home directory (%USERPROFILE% on Windows), or "" if the user has none.
	Home string
}

// OSEnvironment returns the environment of the process.
func OSEnvironment() Environment {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return Environment{Getenv: os.Getenv, ReadFile: os.ReadFile, Home: home}
}

// Config is a complete and valid configuration; ProjectID and OrganizationID may be "".
type Config struct {
	AccessKey, SecretKey, OrganizationID, ProjectID string

	Region scw.Region
	Zone   scw.Zone
	// APIURL has no trailing slash.
	APIURL string
	// ObjectStorageURL is the address of Object Storage; "{region}" stands for a region. Its default exists only with
	// the default APIURL.
	ObjectStorageURL string
	// Overridden lists the attributes of the provider block that an environment variable overrides with another value,
	// each with the variable: "region (SCW_DEFAULT_REGION)".
	Overridden []string
}

// setting describes one configuration value and its names in each source.
type setting struct {
	// name is the attribute of the provider block; key is the key in the config file, or "" if it has none.
	name, key string
	// variables are the environment variables: the current name, then deprecated names that the SDK still reads.
	variables   []string
	fromBlock   func(*Settings) string
	fromProfile func(*scw.Profile) *string
	configField func(*Config) *string
	// check returns what is wrong with a value, or "". Its text never contains a secret.
	check func(string) string
	fix   string
}

func allSettings() []setting {
	return []setting{
		{
			name: "access_key", key: "access_key",
			variables:   []string{scw.ScwAccessKeyEnv, "SCALEWAY_ACCESS_KEY"},
			fromBlock:   func(s *Settings) string { return s.AccessKey },
			fromProfile: func(p *scw.Profile) *string { return p.AccessKey },
			configField: func(c *Config) *string { return &c.AccessKey },
			check:       accessKeyProblem,
			fix:         "create API keys at https://console.scaleway.com/iam/api-keys",
		}, {
			name: "secret_key", key: "secret_key",
			variables:   []string{scw.ScwSecretKeyEnv, "SCW_TOKEN", "SCALEWAY_TOKEN", "SCALEWAY_ACCESS_KEY"},
			fromBlock:   func(s *Settings) string { return s.SecretKey },
			fromProfile: func(p *scw.Profile) *string { return p.SecretKey },
			configField: func(c *Config) *string { return &c.SecretKey },
			check:       secretKeyProblem,
			fix:         "the console shows it once, when the API key is created",
		}, {
			name: "organization_id", key: "default_organization_id",
			variables:   []string{scw.ScwDefaultOrganizationIDEnv, "SCW_ORGANIZATION", "SCALEWAY_ORGANIZATION"},
			fromBlock:   func(s *Settings) string { return s.OrganizationID },
			fromProfile: func(p *scw.Profile) *string { return p.DefaultOrganizationID },
			configField: func(c *Config) *string { return &c.OrganizationID },
			check:       uuidProblem,
			fix:         "the console shows it under Organization, Settings",
		}, {
			name: "project_id", key: "default_project_id",
			variables:   []string{scw.ScwDefaultProjectIDEnv},
			fromBlock:   func(s *Settings) string { return s.ProjectID },
			fromProfile: func(p *scw.Profile) *string { return p.DefaultProjectID },
			configField: func(c *Config) *string { return &c.ProjectID },
			check:       uuidProblem,
			fix:         "the console shows it under Project, Settings",
		}, {
			name: "region", key: "default_region",
			variables:   []string{scw.ScwDefaultRegionEnv, "SCW_REGION", "SCALEWAY_REGION"},
			fromBlock:   func(s *Settings) string { return s.Region },
			fromProfile: func(p *scw.Profile) *string { return p.DefaultRegion },
			configField: func(c *Config) *string { return (*string)(&c.Region) },
			check:       regionProblem,
			fix:         "regions are " + join(scw.AllRegions),
		}, {
			name: "zone", key: "default_zone",
			variables:   []string{scw.ScwDefaultZoneEnv},
			fromBlock:   func(s *Settings) string { return s.Zone },
			fromProfile: func(p *scw.Profile) *string { return p.DefaultZone },
			configField: func(c *Config) *string { return (*string)(&c.Zone) },
			check:       zoneProblem,
			fix:         "zones are " + join(scw.AllZones),
		}, {
			name: "api_url", key: "api_url",
			variables:   []string{scw.ScwAPIURLEnv},
			fromBlock:   func(s *Settings) string { return s.APIURL },
			fromProfile: func(p *scw.Profile) *string { return p.APIURL },
			configField: func(c *Config) *string { return &c.APIURL },
			check:       apiURLProblem,
			fix:         "omit it to use " + defaultAPIURL,
		}, {
			name:        "object_storage_url",
			variables:   []string{"SRM_OBJECT_STORAGE_URL"},
			fromBlock:   func(s *Settings) string { return s.ObjectStorageURL },
			fromProfile: func(*scw.Profile) *string { return nil },
			configField: func(c *Config) *string { return &c.ObjectStorageURL },
			check:       objectStorageURLProblem,
			fix:         "omit it to use " + defaultObjectStorageURL,
		},
	}
}

func accessKeyProblem(value string) string {
	switch {
	case value == "":
		return "is missing"
	case !validation.IsAccessKey(value):
		return "is malformed: an access key is SCW followed by 17 capital letters or digits"
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

// apiURLProblem does not include the value in its text, because a URL can contain a password.
func apiURLProblem(value string) string {
	if value == "" {
		return ""
	}
	parsed, err := url.Parse(value)
	switch {
	case err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http":
		return "is malformed: it must be a URL that starts with https:// or http://"
	case parsed.User != nil:
		return "is malformed: it must not contain a user name or a password"
	case parsed.RawQuery != "" || parsed.Fragment != "":
		return "is malformed: it must not contain a query or a fragment"
	}
	return ""
}

// Load determines the configuration as the official provider does, and keeps the source of each value for messages,
// which scw.LoadEnvProfile and scw.MergeProfiles do not. It resolves each setting separately, in this order
// of precedence: an environment variable, the attribute of the provider block, the profile that the block names, the
// active profile of the config file (SCW_PROFILE, otherwise active_profile, otherwise the top level of the file), the
// defaults. If a zone is set and no region, Load uses the region of the zone. It returns all problems in one
// *ConfigError.
func Load(s Settings, env Environment) (Config, error) {
	configErr := &ConfigError{isCommand: s.ProfileFlag != ""}
	file := readConfigFile(env, configErr)
	named := file.namedProfile(s.profileSource(), s.Profile, configErr)
	active := file.activeProfile(env, configErr)
	configErr.Sources = describeSources(s, file, active)

	var cfg Config
	for _, field := range allSettings() {
		variable, fromEnv := lookupEnv(env, field.variables)
		fromBlock := field.fromBlock(&s)
		value, from := "", ""
		switch {
		case fromEnv != "":
			value, from = fromEnv, "environment variable "+variable
			if field.name == "region" {
				value = currentRegionName(value)
			}
			if fromBlock != "" && fromBlock != value {
				cfg.Overridden = append(cfg.Overridden, field.name+" ("+variable+")")
			}
		case fromBlock != "":
			value, from = fromBlock, "provider block"
			if configErr.isCommand {
				from = "flag --" + field.name
			}
		case named.isSet(field):
			value, from = *field.fromProfile(&named.values), named.label()
		case active.isSet(field):
			value, from = *field.fromProfile(&active.values), active.label()
		}
		*field.configField(&cfg) = value
		if problem := field.check(value); problem != "" {
			configErr.add(field, problem, from)
		}
	}
	if len(configErr.Problems) > 0 {
		return Config{}, configErr
	}
	return cfg.withDefaults(), nil
}

// withDefaults returns the configuration with defaults for the fields that are not set.
func (cfg Config) withDefaults() Config {
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
	if cfg.ObjectStorageURL == "" && cfg.APIURL == defaultAPIURL {
		cfg.ObjectStorageURL = defaultObjectStorageURL
	}
	cfg.ObjectStorageURL = strings.TrimRight(cfg.ObjectStorageURL, "/")
	return cfg
}

// validateConfig checks a configuration that may not come from Load.
func validateConfig(cfg Config) error {
	configErr := &ConfigError{}
	for _, field := range allSettings() {
		if problem := field.check(*field.configField(&cfg)); problem != "" {
			configErr.add(field, problem, "")
		}
	}
	if len(configErr.Problems) > 0 {
		return configErr
	}
	return nil
}

// lookupEnv returns the first environment variable that is set, and its value.
func lookupEnv(env Environment, variables []string) (variable, value string) {
	for _, variable := range variables {
		if value := env.Getenv(variable); value != "" {
			return variable, value
		}
	}
	return "", ""
}

// currentRegionName translates the old names of regions to the current ones, as the SDK does.
func currentRegionName(name string) string {
	switch name {
	case "par1":
		return string(scw.RegionFrPar)
	case "ams1":
		return string(scw.RegionNlAms)
	}
	return name
}
