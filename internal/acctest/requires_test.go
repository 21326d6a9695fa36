package acctest

import "testing"

func TestFeatures(t *testing.T) {
	t.Parallel()
	for text, has := range map[string]bool{
		"Terraform v1.11.4\non linux_amd64\n":             false,
		"Terraform v1.13.5":                               false,
		"Terraform v1.14.0-beta1":                         true,
		"Terraform v1.14.0":                               true,
		"Warning: no configuration\n\nTerraform v2.0.1\n": true,
		"OpenTofu v1.12.6\non linux_amd64\n":              false,
		"OpenTofu v1.14.0":                                false,
	} {
		cli, err := parseProduct(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if cli.supports(Actions) != has || cli.supports(Query) != has {
			t.Errorf(
				"%s %d.%d: actions %t, list resources %t, want %t", cli.name, cli.major, cli.minor,
				cli.supports(Actions),
				cli.supports(Query), has,
			)
		}
	}
	if _, err := parseProduct("Nomad v1.14.0"); err == nil {
		t.Error("parseProduct accepts the version of Nomad")
	}
}

// TestDetectedCLI checks that the CLI of this run is recognised, so that Requires skips only tests that it does not
// support.
func TestDetectedCLI(t *testing.T) {
	t.Parallel()
	skipShort(t)
	cli, err := detectedCLI()
	if err != nil {
		t.Fatal(err)
	}
	if cli.before(release{1, 11}) {
		t.Errorf("%s %d.%d is older than the oldest supported release", cli.name, cli.major, cli.minor)
	}
}
