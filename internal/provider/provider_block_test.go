package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func unknownValueError(attribute, name string) string {
	return "ERROR: Unable to configure the SRM provider [AttributeName(\"" + attribute + "\")]\nFound: " + name +
		" depends on a value that is not known until apply\nAllowed: values that are known at plan\n" +
		"Fix: Use a value that is known at plan, such as a variable, or create the object that it depends on first: " +
		"in a " +
		"separate configuration, or with -target."
}

// validate returns the diagnostics of the validation of a provider block.
func validate(t *testing.T, b providerBlock) string {
	t.Helper()
	server := newProviderServer(t, processEnv{})
	answer, err := server.ValidateProviderConfig(
		t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: b.dynamicValue(t, server)},
	)
	if err != nil {
		t.Fatal(err)
	}
	return formatDiagnostics(answer.Diagnostics)
}

func TestValidateProviderBlock(t *testing.T) {
	t.Parallel()
	contract := func(extra map[string]any) map[string]any {
		all := map[string]any{"reference": "R", "signed_on": "2026-01-15"}
		maps.Copy(all, extra)
		return all
	}
	for name, test := range map[string]struct {
		block providerBlock
		// want are parts of the diagnostics; empty means that the block is valid.
		want []string
	}{
		"empty block": {},
		"valid block": {
			block: providerBlock{
				contract: contract(map[string]any{"type": "global", "name": "hds"}), certificate: map[string]any{
					"number": "7", "issued_on": "2024-02-29", "expires_on": "2027-02-28",
				}, kubernetes: map[string]any{"endpoint": "vpc", "on_unreachable": "error"},
			},
		},
		"unknown values": {
			block: providerBlock{
				attributes: map[string]any{"access_key": tftypes.UnknownValue}, contract: contract(
					map[string]any{"signed_on": tftypes.UnknownValue},
				),
			},
		},
		"access key": {block: providerBlock{
			attributes: map[string]any{"access_key": "SCWx"},
		}, want: []string{"access_key " +
			"is " +
			"malformed [AttributeName(\"access_key\")]\nAllowed: SCW, then 17 capital letters or digits\nFix: Create " +
			"an API " +
			"key at https://console.scaleway.com/iam/api-keys, and copy its access key."}},
		"secret key": {block: providerBlock{
			attributes: map[string]any{"secret_key": "hunter2"},
		}, want: []string{"secret_key is " +
			"malformed [AttributeName(\"secret_key\")]\nAllowed: a UUID, as in " +
			"00112233-4455-4677-8899-aabbccddeeff\nFix: " +
			"Copy the secret key when you create an API key: the console shows it only once."}},
		"ids": {
			block: providerBlock{
				attributes: map[string]any{"organization_id": "acme", "project_id": "web"},
			}, want: []string{
				"organization_id is malformed", "Found: \"acme\"", "project_id is malformed", "Found: \"web\"",
			},
		},
		"a zone as region": {block: providerBlock{
			attributes: map[string]any{"region": "fr-par-1"},
		}, want: []string{"region is " +
			"malformed [AttributeName(\"region\")]\nFound: \"fr-par-1\"\nAllowed: a region: fr-par, nl-ams, pl-waw, " +
			"it-mil\nFix: Write a region without a number: \"fr-par-1\" is a zone."}},
		"a region as zone": {block: providerBlock{
			attributes: map[string]any{"zone": "fr-par"},
		}, want: []string{"zone is " +
			"malformed", "Fix: Write a region with a number, as in \"fr-par-1\"."}},
		"password in URL": {
			block: providerBlock{
				attributes: map[string]any{"api_url": "https://user:hunter2@example.com"},
			}, want: []string{"api_url " +
				"is malformed"},
		},
		"date that does not exist": {
			block: providerBlock{
				contract: contract(map[string]any{"signed_on": "2026-02-30"}),
			}, want: []string{"The value is " +
				"not a " +
				"date [AttributeName(\"hds_contract\").AttributeName(\"signed_on\")]\nFound: " +
				"\"2026-02-30\"\nAllowed: an " +
				"existing date, as YYYY-MM-DD\nFix: Write year, month and day, as in \"2026-01-15\"."},
		},
		"date with a time": {
			block: providerBlock{
				contract: contract(map[string]any{"signed_on": "2026-01-15T00:00:00Z"}),
			}, want: []string{"The value " +
				"is not a date"},
		},
		"empty reference": {block: providerBlock{
			contract: contract(map[string]any{"reference": ""}),
		}, want: []string{"The " +
			"text is empty"}},
		"type without name": {
			block: providerBlock{
				contract: contract(map[string]any{"type": "global"}),
			}, want: []string{"\"hds_contract.name\" " +
				"must be " +
				"specified when \"hds_contract.type\" is specified"},
		},
		"name without type": {
			block: providerBlock{
				contract: contract(map[string]any{"name": "hds"}),
			}, want: []string{"\"hds_contract.type\" " +
				"must be " +
				"specified when \"hds_contract.name\" is specified"},
		},
		"certificate expires before it is issued": {block: providerBlock{
			contract: contract(nil), certificate: map[string]any{
				"number": "7", "issued_on": "2026-02-01", "expires_on": "2026-01-31",
			},
		},
			want: []string{"The certificate expires before it is issued " +
				"[AttributeName(\"hds_contract\").AttributeName(\"certificate\").AttributeName(\"expires_on\")]\n" +
				"Found: issued_on is 2026-02-01, expires_on is 2026-01-31\nFix: Swap or correct the dates."}},
		"endpoint and host": {
			block: providerBlock{
				kubernetes: map[string]any{"endpoint": "vpc", "host": "10.0.0.4"},
			}, want: []string{"cannot " +
				"be " +
				"specified when \"kubernetes.endpoint\" is specified"},
		},
		"unknown endpoint": {
			block: providerBlock{
				kubernetes: map[string]any{"endpoint": "internet"},
			}, want: []string{"kubernetes.endpoint " +
				"value must " +
				"be one of: [\"public\" \"vpc\"]"},
		},
		"TLS name without host": {
			block: providerBlock{
				kubernetes: map[string]any{"tls_server_name": "api.example"},
			}, want: []string{"\"kubernetes.host\" " +
				"must be specified when \"kubernetes.tls_server_name\" is specified"},
		},
		"host is a URL": {
			block: providerBlock{
				kubernetes: map[string]any{"host": "https://10.0.0.4:6443"},
			}, want: []string{"The value is " +
				"not the " +
				"address of a host", "Fix: Leave out \"https://\" and any path, as in \"10.0.0.4:6443\"."},
		},
		"hosts": {
			block: providerBlock{
				kubernetes: map[string]any{"host": "[fd00::1]:6443", "tls_server_name": "api.example"},
			},
		},
		"unknown value of on_unreachable": {
			block: providerBlock{
				kubernetes: map[string]any{"on_unreachable": "ignore"},
			}, want: []string{"kubernetes.on_unreachable " +
				"value must be one of: [\"warn\" \"error\"]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := validate(t, test.block)
			if len(test.want) == 0 && got != "" {
				t.Errorf("got\n%s\nwant none", got)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			}
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is repeated:\n%s", got)
			}
		})
	}
}
