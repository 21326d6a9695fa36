package cluster_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestKosmosForcedUpgrade checks that a forced upgrade by Scaleway is no drift, and that raising `version` to the
// running minor sends no request.
func TestKosmosForcedUpgrade(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC) })
	attested := `no_health_data = { by = "Data protection", reviewed_on = "2026-02-01" }`
	original, raised := kosmosConfig(`version = "1.32"`, attested), kosmosConfig(`version = "1.33"`, attested)
	emptyPlan := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(original)},
		{
			PreConfig: func() {
				env.Sandbox.Advance(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC).Sub(env.Sandbox.Now()))
				client := env.Client(t)
				all, err := client.Clusters(t.Context(), "fr-par", anyCluster())
				if err != nil || len(all) != 1 {
					t.Fatal(err, len(all))
				}
				actual, err := client.WaitCluster(t.Context(), "fr-par", all[0].ID)
				if err != nil || !strings.HasPrefix(actual.Version, "1.33.") {
					t.Fatal(err, actual)
				}
				env.Sandbox.ClearRequests()
			},
			Config: env.Config(original), ConfigPlanChecks: emptyPlan, Check: checkWrites(t, env),
		},
		{Config: env.Config(raised), Check: checkWrites(t, env)},
		{Config: env.Config(raised), ConfigPlanChecks: emptyPlan},
	}})
}

// TestKosmosUnknownInputs checks that values that are known only at apply are validated before the first request.
func TestKosmosUnknownInputs(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	later := func(value string) string {
		return "resource \"terraform_data\" \"later\" {\n  input = " + value + "\n}\n"
	}
	for _, test := range []struct{ value, attribute, want string }{
		{`"0.0.0.0/0"`, `allowed_ip_ranges = [{ cidr = terraform_data.later.output }]`, "The API server would be " +
			"open to the world"},
		{`"kapsule"`, `type = terraform_data.later.output`, "is not a Kosmos offer"},
		{`"today"`, `no_health_data = { by = "Data protection", reviewed_on = terraform_data.later.output }`,
			"The day of the review is not a date"},
		{`"1.30"`, `version = terraform_data.later.output`, "The Kubernetes version is not available for new clusters"},
	} {
		cli := env.CLI(t, later(test.value)+kosmosConfig(test.attribute))
		cli.MustRun("plan", "-no-color")
		out, code := cli.Run("apply", "-auto-approve", "-no-color")
		if code != 1 || len(env.Writes()) > 0 {
			t.Errorf("exit %d, writes %v", code, env.Writes())
		}
		acctest.Contains(t, out, test.want)
	}
	cli := env.CLI(t, later(`"nl-ams"`)+kosmosConfig(`region = terraform_data.later.output`, `tags = `+
		`[terraform_data.later.output]`,
		`scaleway_ranges = terraform_data.later.output == "nl-ams"`, `feature_gates = terraform_data.later.output == `+
			`"" ? `+
			`["HPAScaleToZero"] : null`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	expectEmptyPlan(t, cli)
}
