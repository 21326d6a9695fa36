package provider

import (
	"context"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const (
	goodKey    = "SCWAAAAAAAAAAAAAAAAA"
	goodSecret = "aaaaaaaa-0000-4000-8000-000000000000"
)

// processEnv holds the environment variables and the files that the provider reads in a test.
type processEnv struct {
	env   map[string]string
	files map[string]string
	// unreadable is the path of a file without read permission.
	unreadable string
}

func (s processEnv) scalewayEnvironment() scaleway.Environment {
	return scaleway.Environment{
		Getenv: func(name string) string { return s.env[name] },
		ReadFile: func(name string) ([]byte, error) {
			if name == s.unreadable {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
			}
			if content, ok := s.files[name]; ok {
				return []byte(content), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
		Home: "/home/user",
	}
}

func fixedNow() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// newProviderServer returns the provider behind the plugin protocol.
func newProviderServer(t *testing.T, s processEnv) tfprotov6.ProviderServer {
	t.Helper()
	return NewServer(
		"1.2.3", WithClock(fixedNow), WithEnvironment(s.scalewayEnvironment()), WithPolling(time.Millisecond),
	)()
}

// object returns a value of an object type. Attributes that are not set are null.
func object(of tftypes.Object, set map[string]tftypes.Value) tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, kind := range of.AttributeTypes {
		all[name] = tftypes.NewValue(kind, nil)
	}
	maps.Copy(all, set)
	return tftypes.NewValue(of, all)
}

func attributeType(t *testing.T, of tftypes.Type, name string) tftypes.Object {
	t.Helper()
	outer, ok := of.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", of)
	}
	inner, ok := outer.AttributeTypes[name].(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", name)
	}
	return inner
}

func stringValue(value any) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }

// providerBlock holds the attributes of a provider block, and of its nested objects. All values are strings.
type providerBlock struct {
	attributes, contract, certificate, kubernetes map[string]any
}

func (b providerBlock) dynamicValue(t *testing.T, server tfprotov6.ProviderServer) *tfprotov6.DynamicValue {
	t.Helper()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	kind := schema.Provider.ValueType()
	strs := func(values map[string]any) map[string]tftypes.Value {
		set := map[string]tftypes.Value{}
		for name, value := range values {
			set[name] = stringValue(value)
		}
		return set
	}
	set := strs(b.attributes)
	contractType := attributeType(t, kind, "hds_contract")
	if b.contract != nil {
		contract := strs(b.contract)
		if b.certificate != nil {
			contract["certificate"] = object(attributeType(t, contractType, "certificate"), strs(b.certificate))
		}
		set["hds_contract"] = object(contractType, contract)
	}
	if b.kubernetes != nil {
		set["kubernetes"] = object(attributeType(t, kind, "kubernetes"), strs(b.kubernetes))
	}
	outer, ok := kind.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", kind)
	}
	value, err := tfprotov6.NewDynamicValue(kind, object(outer, set))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}

// formatDiagnostics returns diagnostics as a CLI prints them, in the order of their texts.
func formatDiagnostics(diagnostics []*tfprotov6.Diagnostic) string {
	parts := []string{}
	for _, d := range diagnostics {
		part := d.Severity.String() + ": " + d.Summary
		if d.Attribute != nil {
			part += " [" + d.Attribute.String() + "]"
		}
		parts = append(parts, part+"\n"+d.Detail)
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n\n")
}

const (
	defaultsLine       = "\n  4. the defaults: region fr-par, zone fr-par-1, api_url https://api.scaleway.com"
	sourcesWithoutFile = "\nThe provider takes each setting from the first of these sources that has it:\n" +
		"  1. environment variables such as SCW_ACCESS_KEY\n" +
		"  2. the provider block\n" +
		"  3. the config file /home/user/.config/scw/config.yaml (does not exist), its active profile \"default\"" +
		defaultsLine
)

func TestConfigure(t *testing.T) {
	t.Parallel()
	keys := map[string]any{"access_key": goodKey, "secret_key": goodSecret}
	with := func(extra map[string]any) map[string]any {
		all := maps.Clone(keys)
		maps.Copy(all, extra)
		return all
	}
	for name, test := range map[string]struct {
		block providerBlock
		env   processEnv
		want  string
	}{
		"keys of the block": {block: providerBlock{attributes: keys}},
		"keys of the environment": {env: processEnv{
			env: map[string]string{"SCW_ACCESS_KEY": goodKey, "SCW_SECRET_KEY": goodSecret}}},
		"an empty string counts as not set": {
			block: providerBlock{attributes: with(map[string]any{"region": "", "project_id": ""})},
		},
		"no keys": {
			want: "ERROR: Unable to configure the SRM provider\nFound: settings that are missing or wrong:\n" +
				"- access_key is missing.\n  Fix: set SCW_ACCESS_KEY, or access_key in the provider block, or " +
				"access_key in the config file; create API keys at https://console.scaleway.com/iam/api-keys.\n" +
				"- secret_key is missing.\n  Fix: set SCW_SECRET_KEY, or secret_key in the provider block, or " +
				"secret_key in the config file; the console shows it once, when the API key is created.\n" +
				sourcesWithoutFile,
		},
		"malformed values of the environment, the secret not repeated": {
			env: processEnv{
				env: map[string]string{
					"SCW_ACCESS_KEY": "SCWshort", "SCW_SECRET_KEY": "hunter2", "SCW_DEFAULT_REGION": "paris",
				},
			},
			want: "ERROR: Unable to configure the SRM provider\nFound: settings that are missing or wrong:\n" +
				"- access_key is malformed: an access key is SCW followed by 17 capital letters or digits (from " +
				"environment variable SCW_ACCESS_KEY).\n  Fix: set SCW_ACCESS_KEY, or access_key in the provider " +
				"block, or access_key in the config file; create API keys at " +
				"https://console.scaleway.com/iam/api-keys.\n" +
				"- secret_key is malformed: a secret key is a UUID, as in 00112233-4455-4677-8899-aabbccddeeff (from " +
				"environment variable SCW_SECRET_KEY).\n  Fix: set SCW_SECRET_KEY, or secret_key in the provider " +
				"block, or secret_key in the config file; the console shows it once, when the API key is created.\n" +
				"- region is malformed: \"paris\" is not a region (from environment variable SCW_DEFAULT_REGION).\n  " +
				"Fix: set SCW_DEFAULT_REGION, or region in the provider block, or default_region in the config file; " +
				"regions are fr-par, nl-ams, pl-waw, it-mil.\n" + sourcesWithoutFile,
		},
		"unknown profile": {
			block: providerBlock{attributes: with(map[string]any{"profile": "prod"})},
			env: processEnv{files: map[string]string{"/home/user/.config/scw/config.yaml": "profiles:\n  test:\n    " +
				"access_key: " + goodKey + "\n"}},
			want: "ERROR: Unable to configure the SRM provider\nFound: settings that are missing or wrong:\n" +
				"- profile names the profile \"prod\", which does not exist.\n  Fix: " +
				"/home/user/.config/scw/config.yaml has these profiles: default, test.\n" +
				"\nThe provider takes each setting from the first of these sources that has it:\n" +
				"  1. environment variables such as SCW_ACCESS_KEY\n  2. the provider block\n" +
				"  3. profile \"prod\" of /home/user/.config/scw/config.yaml, set by profile in the provider block\n" +
				"  4. the config file /home/user/.config/scw/config.yaml, its active profile \"default\"\n" +
				"  5. the defaults: region fr-par, zone fr-par-1, api_url https://api.scaleway.com",
		},
		"unreadable file": {
			block: providerBlock{attributes: keys},
			env:   processEnv{env: map[string]string{"SCW_CONFIG_PATH": "/etc/scw.yaml"}, unreadable: "/etc/scw.yaml"},
			want: "ERROR: Unable to configure the SRM provider\nFound: settings that are missing or wrong:\n" +
				"- config file /etc/scw.yaml cannot be read: permission denied.\n  Fix: make the file readable, or " +
				"set SCW_CONFIG_PATH to another file.\n" +
				"\nThe provider takes each setting from the first of these sources that has it:\n" +
				"  1. environment variables such as SCW_ACCESS_KEY\n  2. the provider block\n" +
				"  3. the config file /etc/scw.yaml (cannot be read), its active profile" + defaultsLine,
		},
		"a variable overrides the block": {
			block: providerBlock{attributes: with(map[string]any{"region": "nl-ams"})},
			env:   processEnv{env: map[string]string{"SCW_DEFAULT_REGION": "fr-par"}},
			want: "WARNING: Environment variables override attributes of the provider block\n" +
				"Found: region (SCW_DEFAULT_REGION)\n" +
				"Fix: Unset the variables to use the values of the block, or remove the attributes from the block.",
		},
		"unknown values": {
			block: providerBlock{attributes: with(
				map[string]any{"secret_key": tftypes.UnknownValue, "api_url": tftypes.UnknownValue},
			),
				contract:   map[string]any{"reference": tftypes.UnknownValue, "signed_on": "2026-01-15"},
				kubernetes: map[string]any{"host": tftypes.UnknownValue}},
			want: unknownValueError("api_url", "api_url") + "\n\n" + unknownValueError(
				"hds_contract", "hds_contract.reference",
			) + "\n\n" + unknownValueError("secret_key", "secret_key"),
		},
		"expired certificate, contract signed tomorrow": {
			block: providerBlock{attributes: keys, contract: map[string]any{
				"reference": "R", "signed_on": "2026-11-25",
			},
				certificate: map[string]any{"number": "HDS-7", "expires_on": "2026-11-23"}},
			want: "WARNING: The HDS certificate has expired " +
				"[AttributeName(\"hds_contract\").AttributeName(\"certificate\").AttributeName(\"expires_on\")]\n" +
				"Clause: HDS-CTR-05 (\"Specific provisions for Health Data Hosting (HDS) with Kapsule Dedicated " +
				"offer\")\n" +
				"Found: certificate HDS-7 expired on 2026-11-23, today is 2026-11-24\n" +
				"Fix: Ask Scaleway for the certificate that is valid now, and declare it in " +
				"hds_contract.certificate.\n\n" +
				"WARNING: The signature date of the HDS contract is in the future " +
				"[AttributeName(\"hds_contract\").AttributeName(\"signed_on\")]\n" +
				"Clause: HDS-CTR-01 (\"Specific provisions for Health Data Hosting (HDS) with Kapsule Dedicated " +
				"offer\")\n" +
				"Found: signed_on is 2026-11-25, today is 2026-11-24\n" +
				"Fix: Correct signed_on. If the date is correct, host no health data before that day.",
		},
		"certificate on its last day, contract signed today": {
			block: providerBlock{attributes: keys, contract: map[string]any{
				"reference": "R", "signed_on": "2026-11-24",
			},
				certificate: map[string]any{"number": "HDS-7", "expires_on": "2026-11-24"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newProviderServer(t, test.env)
			answer, err := server.ConfigureProvider(
				t.Context(),
				&tfprotov6.ConfigureProviderRequest{
					TerraformVersion: "1.14.0", Config: test.block.dynamicValue(t, server),
				},
			)
			if err != nil {
				t.Fatal(err)
			}
			if got := formatDiagnostics(answer.Diagnostics); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestRequestHeaders checks the API key and the User-Agent of a request.
func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	type headers struct{ agent, token string }
	requests := make(chan headers, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- headers{r.UserAgent(), r.Header.Get("X-Auth-Token")}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"cluster_types":[],"total_count":0}`))
	}))
	t.Cleanup(api.Close)
	server := newProviderServer(t, processEnv{})
	configured, err := server.ConfigureProvider(t.Context(),
		&tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: providerBlock{
			attributes: map[string]any{
				"access_key": goodKey,
				"secret_key": goodSecret,
				"api_url":    api.URL,
			},
		}.dynamicValue(t, server)})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, formatDiagnostics(configured.Diagnostics))
	}
	if got := formatDiagnostics(readWithoutArguments(t.Context(), t, server, "srm_cluster_types")); got != "" {
		t.Fatal(got)
	}
	got := <-requests
	if !strings.HasSuffix(got.agent, "terraform-provider-srm/1.2.3 terraform/1.14.0") || got.token != goodSecret {
		t.Errorf("the API saw %+v", got)
	}
}

// readWithoutArguments reads a data source without setting any argument.
func readWithoutArguments(
	ctx context.Context, t *testing.T, server tfprotov6.ProviderServer, name string,
) []*tfprotov6.Diagnostic {
	t.Helper()
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	kind, ok := schema.DataSourceSchemas[name].ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("no data source %s", name)
	}
	config, err := tfprotov6.NewDynamicValue(kind, object(kind, nil))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Diagnostics
}
