package scaleway

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An access key and a secret key for each source, so that a test can tell where a value comes from.
const (
	keyA, secretA = "SCWAAAAAAAAAAAAAAAAA", "aaaaaaaa-0000-4000-8000-000000000000"
	keyB, secretB = "SCWBBBBBBBBBBBBBBBBB", "bbbbbbbb-0000-4000-8000-000000000000"
	keyC, secretC = "SCWCCCCCCCCCCCCCCCCC", "cccccccc-0000-4000-8000-000000000000"
	keyD, secretD = "SCWDDDDDDDDDDDDDDDDD", "dddddddd-0000-4000-8000-000000000000"
)

// scwFile is a config file with the keys C at its top level, and two profiles with the keys A and B.
const scwFile = `
access_key: ` + keyC + `
secret_key: ` + secretC + `
default_organization_id: ` + secretC + `
default_region: pl-waw
api_url: https://top.example
profiles:
  first:
    access_key: ` + keyA + `
    secret_key: ` + secretA + `
    default_zone: nl-ams-2
    default_region: nl-ams
  second:
    access_key: ` + keyB + `
    secret_key: ` + secretB + `
    default_project_id: ` + secretB + `
  empty:
`

func TestLoad(t *testing.T) {
	t.Parallel()
	home := filepath.Join("home", "u")
	standard := filepath.Join(home, ".config", "scw", "config.yaml")
	keys := Settings{AccessKey: keyD, SecretKey: secretD}
	for _, test := range []struct {
		name  string
		block Settings
		env   map[string]string
		files map[string]string
		home  string
		want  Config
		// errs are parts of the expected error; none means success.
		errs []string
	}{
		{
			name: "the block and the defaults", block: keys, home: home,
			want: Config{
				AccessKey: keyD, SecretKey: secretD, Region: "fr-par", Zone: "fr-par-1",
				APIURL: "https://api.scaleway.com",
			},
		}, {
			name: "every attribute of the block", home: home,
			block: Settings{
				AccessKey: keyD, SecretKey: secretD, OrganizationID: secretA, ProjectID: secretB, Region: "it-mil",
				Zone: "it-mil-1", APIURL: "http://127.0.0.1:8080/",
				ObjectStorageURL: "http://127.0.0.1:8081/",
			},
			want: Config{
				AccessKey: keyD, SecretKey: secretD, OrganizationID: secretA, ProjectID: secretB, Region: "it-mil",
				Zone: "it-mil-1", APIURL: "http://127.0.0.1:8080", ObjectStorageURL: "http://127.0.0.1:8081",
			},
		}, {
			name: "environment over everything", home: home,
			block: Settings{
				AccessKey: keyD, SecretKey: secretD, Region: "it-mil", ProjectID: secretB, Profile: "first",
			},
			files: map[string]string{standard: scwFile},
			env: map[string]string{
				"SCW_ACCESS_KEY": keyB, "SCW_SECRET_KEY": secretB, "SCW_DEFAULT_ORGANIZATION_ID": secretA,
				"SCW_DEFAULT_PROJECT_ID": secretB,
				"SCW_DEFAULT_REGION":     "fr-par", "SCW_DEFAULT_ZONE": "fr-par-2",
				"SCW_API_URL": "https://env.example",
			},
			want: Config{AccessKey: keyB, SecretKey: secretB, OrganizationID: secretA, ProjectID: secretB,
				Region: "fr-par",
				Zone:   "fr-par-2", APIURL: "https://env.example",
				Overridden: []string{
					"access_key (SCW_ACCESS_KEY)", "secret_key (SCW_SECRET_KEY)", "region (SCW_DEFAULT_REGION)",
				}},
		}, {
			name:  "each setting separately: block over its profile over the active profile over the top level",
			home:  home,
			block: Settings{SecretKey: secretD, Profile: "second"},
			env:   map[string]string{"SCW_PROFILE": "first"},
			files: map[string]string{standard: scwFile},
			want: Config{
				AccessKey: keyB, SecretKey: secretD, OrganizationID: secretC, ProjectID: secretB, Region: "pl-waw",
				Zone: "nl-ams-2", APIURL: "https://top.example",
			},
		}, {
			name: "active profile by SCW_PROFILE", home: home, env: map[string]string{"SCW_PROFILE": "first"},
			files: map[string]string{standard: scwFile},
			want: Config{
				AccessKey: keyA, SecretKey: secretA, OrganizationID: secretC, Region: "nl-ams", Zone: "nl-ams-2",
				APIURL: "https://top.example",
			},
		}, {
			name: "active profile by active_profile", home: home, files: map[string]string{
				standard: scwFile + "active_profile: second\n",
			},
			want: Config{
				AccessKey: keyB, SecretKey: secretB, OrganizationID: secretC, ProjectID: secretB, Region: "pl-waw",
				Zone: "pl-waw-1", APIURL: "https://top.example",
			},
		}, {
			name: "SCW_PROFILE over active_profile, and default names the top level", home: home,
			env:   map[string]string{"SCW_PROFILE": "default"},
			files: map[string]string{standard: scwFile + "active_profile: second\n"},
			want: Config{
				AccessKey: keyC, SecretKey: secretC, OrganizationID: secretC, Region: "pl-waw", Zone: "pl-waw-1",
				APIURL: "https://top.example",
			},
		}, {
			name: "an empty profile inherits the top level", home: home, block: Settings{Profile: "empty"},
			files: map[string]string{standard: scwFile},
			want: Config{
				AccessKey: keyC, SecretKey: secretC, OrganizationID: secretC, Region: "pl-waw", Zone: "pl-waw-1",
				APIURL: "https://top.example",
			},
		}, {
			name: "SCW_CONFIG_PATH over XDG_CONFIG_HOME over home", home: home,
			env: map[string]string{"SCW_CONFIG_PATH": filepath.Join("other", "scw.yaml"), "XDG_CONFIG_HOME": "xdg"},
			files: map[string]string{
				filepath.Join("other", "scw.yaml"): "access_key: " + keyD + "\nsecret_key: " + secretD, filepath.Join(
					"xdg", "scw", "config.yaml",
				): scwFile, standard: scwFile,
			},
			want: Config{
				AccessKey: keyD, SecretKey: secretD, Region: "fr-par", Zone: "fr-par-1",
				APIURL: "https://api.scaleway.com",
			},
		}, {
			name: "XDG_CONFIG_HOME, and config.yml where there is no config.yaml", home: home,
			env: map[string]string{"XDG_CONFIG_HOME": "xdg"},
			files: map[string]string{
				filepath.Join(
					"xdg", "scw", "config.yml",
				): "access_key: " + keyD + "\nsecret_key: " + secretD, standard: scwFile,
			},
			want: Config{
				AccessKey: keyD, SecretKey: secretD, Region: "fr-par", Zone: "fr-par-1",
				APIURL: "https://api.scaleway.com",
			},
		}, {
			name: "a zone without a region gives its region", home: home, block: Settings{
				AccessKey: keyD, SecretKey: secretD, Zone: "nl-ams-3",
			},
			want: Config{
				AccessKey: keyD, SecretKey: secretD, Region: "nl-ams", Zone: "nl-ams-3",
				APIURL: "https://api.scaleway.com",
			},
		}, {
			name: "deprecated variables", env: map[string]string{
				"SCALEWAY_ACCESS_KEY": keyA, "SCW_TOKEN": secretA, "SCALEWAY_ORGANIZATION": secretB,
				"SCW_REGION": "ams1",
			},
			want: Config{
				AccessKey: keyA, SecretKey: secretA, OrganizationID: secretB, Region: "nl-ams", Zone: "nl-ams-1",
				APIURL: "https://api.scaleway.com",
			},
		}, {
			name: "current variables over deprecated ones", block: keys,
			env: map[string]string{
				"SCW_SECRET_KEY": secretB, "SCALEWAY_TOKEN": secretA, "SCW_DEFAULT_REGION": "it-mil",
				"SCALEWAY_REGION": "par1",
			},
			want: Config{
				AccessKey: keyD, SecretKey: secretB, Region: "it-mil", Zone: "it-mil-1",
				APIURL: "https://api.scaleway.com",
				Overridden: []string{
					"secret_key (SCW_SECRET_KEY)",
				},
			},
		}, {
			name: "a variable with the same value overrides nothing", block: keys,
			env: map[string]string{"SCW_ACCESS_KEY": keyD},
			want: Config{
				AccessKey: keyD, SecretKey: secretD, Region: "fr-par", Zone: "fr-par-1",
				APIURL: "https://api.scaleway.com",
			},
		}, {
			name: "no settings", home: home,
			errs: []string{
				"- access_key is missing; set SCW_ACCESS_KEY, or access_key in the provider block, or access_key in " +
					"the config file; create API keys at https://",
				"- secret_key is missing; set SCW_SECRET_KEY, or secret_key in the provider block",
				"1. environment variables", "2. the provider block",
				"3. the config file " + standard + " (does not exist)", "4. the defaults: region fr-par",
				"in order of precedence",
			},
		}, {
			name: "no home", errs: []string{
				"access_key is missing", "the config file config.yaml (cannot be located without a home directory)",
			},
		}, {
			name: "everything malformed: all problems in one error",
			block: Settings{
				AccessKey: "not-a-key", SecretKey: "hunter2-hunter2", OrganizationID: "org", Region: "paris 1",
				APIURL: "ftp://user:hunter2@x",
			},
			env: map[string]string{"SCW_DEFAULT_PROJECT_ID": "proj", "SCW_DEFAULT_ZONE": "fr-par"},
			errs: []string{
				"access_key is malformed: an access key is SCW followed by 17 capital letters or digits (from " +
					"provider block); set SCW_ACCESS_KEY",
				"secret_key is malformed: a secret key is a UUID",
				`organization_id is malformed: "org" is not a UUID`,
				`project_id is malformed: "proj" is not a UUID, as in 00112233-4455-4677-8899-aabbccddeeff (from ` +
					`environment ` +
					`variable SCW_DEFAULT_PROJECT_ID)`,
				`region is malformed: "paris 1" is not a region (from provider block)`, "regions are fr-par, nl-ams, " +
					"pl-waw, it-mil",
				`zone is malformed: "fr-par" is not a zone (from environment variable SCW_DEFAULT_ZONE)`,
				"api_url is malformed",
			},
		}, {
			name: "a password in object_storage_url", block: Settings{
				AccessKey: keyD, SecretKey: secretD, ObjectStorageURL: "https://user:hunter2@s3.{region}.x",
			},
			errs: []string{
				"object_storage_url is malformed: it must not contain a user name or a password (from provider " +
					"block); set SRM_OBJECT_STORAGE_URL, or object_storage_url in the provider block; omit it",
			},
		}, {
			name: "a password in api_url", block: Settings{
				AccessKey: keyD, SecretKey: secretD, APIURL: "https://user:hunter2@x",
			},
			errs: []string{"api_url is malformed: it must not contain a user name or a password"},
		}, {
			name: "malformed in a profile", home: home, block: Settings{Profile: "p"}, files: map[string]string{
				standard: "profiles: {p: {access_key: " + keyA + ", secret_key: hunter2}}",
			},
			errs: []string{"secret_key is malformed", `(from profile "p" of ` + standard + ")",
				`3. profile "p" of ` + standard +
					", set by profile in the provider block"},
		}, {
			name: "an unknown profile", home: home, block: Settings{
				AccessKey: keyD, SecretKey: secretD, Profile: "nope",
			}, files: map[string]string{standard: scwFile},
			errs: []string{`profile names the profile "nope", which does not exist; ` + standard + " has these " +
				"profiles: default, empty, first, second"},
		}, {
			name: "an unknown active profile", home: home, block: keys, env: map[string]string{"SCW_PROFILE": "nope"},
			files: map[string]string{standard: scwFile},
			errs:  []string{`SCW_PROFILE names the profile "nope", which does not exist`},
		}, {
			name: "an unknown active_profile", home: home, block: keys, files: map[string]string{
				standard: scwFile + "active_profile: nope\n",
			},
			errs: []string{"active_profile of " + standard + ` names the profile "nope"`},
		}, {
			name: "a profile without a file", home: home, block: Settings{
				AccessKey: keyD, SecretKey: secretD, Profile: "first",
			},
			errs: []string{`names the profile "first"`, standard + " does not exist: create it with `scw init`"},
		}, {
			name: "a file that cannot be read", home: home, files: map[string]string{standard: "unreadable"},
			errs: []string{
				"config file " + standard + " cannot be read: permission denied", "access_key is missing",
				"(cannot be read)",
			},
		}, {
			name: "a file that cannot be parsed", home: home, block: Settings{Profile: "first"},
			files: map[string]string{
				standard: "access_key: x\nprofiles: hunter2-hunter2\n",
			},
			errs: []string{
				"config file " + standard + " is not a valid YAML config file (line 2)", "secret_key is missing",
				"(cannot be parsed)",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := Environment{Home: test.home, Getenv: func(name string) string { return test.env[name] },
				ReadFile: func(path string) ([]byte, error) {
					content, ok := test.files[path]
					switch {
					case !ok:
						return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
					case content == "unreadable":
						return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
					}
					return []byte(content), nil
				}}
			got, err := Load(test.block, env)
			if len(test.errs) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got.Overridden, test.want.Overridden) {
					t.Errorf("overridden = %v, want %v", got.Overridden, test.want.Overridden)
				}
				got.Overridden, test.want.Overridden = nil, nil
				if test.want.APIURL == defaultAPIURL && test.want.ObjectStorageURL == "" {
					test.want.ObjectStorageURL = defaultObjectStorageURL
				}
				if !equalConfig(got, test.want) {
					t.Errorf("got  %+v\nwant %+v", got, test.want)
				}
				if _, err := New(got, "test"); err != nil {
					t.Errorf("New: %v", err)
				}
				return
			}
			if _, ok := errors.AsType[*ConfigError](err); !ok {
				t.Fatalf("error = %#v, want a *ConfigError", err)
			}
			for _, part := range test.errs {
				if !strings.Contains(
					err.Error(), strings.ReplaceAll(part, "permission denied", fs.ErrPermission.Error()),
				) {
					t.Errorf("error lacks %q:\n%v", part, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error contains a secret:\n%v", err)
			}
		})
	}
}

func equalConfig(a, b Config) bool {
	return a.AccessKey == b.AccessKey && a.SecretKey == b.SecretKey && a.OrganizationID == b.OrganizationID &&
		a.ProjectID == b.ProjectID &&
		a.Region == b.Region && a.Zone == b.Zone && a.APIURL == b.APIURL && a.ObjectStorageURL == b.ObjectStorageURL
}

func TestNewDoesNotLeakMalformedSecretKey(t *testing.T) {
	t.Parallel()
	_, err := New(Config{AccessKey: keyA, SecretKey: "hunter2"}, "test")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error = %v, want one without the secret", err)
	}
}
