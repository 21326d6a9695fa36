package responsibilities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// attributesCheck checks the attributes of the data source in the state.
type attributesCheck func(attributes map[string]any) error

func (c attributesCheck) CheckState(
	_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse,
) {
	for _, one := range req.State.Values.RootModule.Resources {
		if one.Mode == "data" {
			resp.Error = c(one.AttributeValues)
			return
		}
	}
	resp.Error = fmt.Errorf("no data source in the state")
}

// maxMatrixBytes is the maximum size of the matrix of a real cluster in the state, in bytes.
const maxMatrixBytes = 62_000

// TestMatrixSize checks the size of the whole matrix of a real cluster for health data, in both languages, with
// the transfers of three pools with public IPs.
func TestMatrixSize(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	for _, name := range []string{"batch", "databases", "workers"} {
		createPool(t, env, id, name, func(r *k8s.CreatePoolRequest) {
			r.KubeletArgs, r.PublicIPDisabled = map[string]string{"maxPods": "50"}, false
		})
	}
	steps := []resource.TestStep{}
	for _, language := range []string{"en", "fr"} {
		size := attributesCheck(func(attributes map[string]any) error {
			var b strings.Builder
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(attributes); err != nil {
				return err
			}
			t.Logf("%s: %d bytes", language, b.Len())
			if b.Len() > maxMatrixBytes {
				return fmt.Errorf("the matrix in %s has %d bytes, more than %d", language, b.Len(), maxMatrixBytes)
			}
			return nil
		})
		steps = append(
			steps, resource.TestStep{
				Config: env.Config(
					configByID(id, fmt.Sprintf("hds = true\nlanguage = %q", language)),
				), ConfigStateChecks: []statecheck.StateCheck{size},
			},
		)
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

// TestMatrixHasNoResults reads a manually created cluster with as many deviations as possible: auto-upgrade off, an
// API server open to the world, a node with a public address, no guardrails, no contract. The matrix must not contain
// results.
func TestMatrixHasNoResults(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	if _, err := env.Client(t).UpdateCluster(t.Context(), &k8s.UpdateClusterRequest{
		ClusterID: id, AutoUpgrade: &k8s.UpdateClusterRequestAutoUpgrade{Enable: new(bool)},
	}); err != nil {
		t.Fatal(err)
	}
	createPool(
		t, env, id, "a",
		func(r *k8s.CreatePoolRequest) { r.NodeType, r.PublicIPDisabled, r.Autohealing = "DEV1-M", false, false },
	)
	claims := attributesCheck(func(attributes map[string]any) error {
		clauses, ok := attributes["clauses"].([]any)
		if !ok || len(clauses) != 132 {
			return fmt.Errorf("%d clauses", len(clauses))
		}
		for _, one := range clauses {
			row, ok := one.(map[string]any)
			if !ok {
				return fmt.Errorf("a clause is %T", one)
			}
			for name, value := range row {
				switch value {
				case "enforced",
					"configured",
					"verified_api",
					"verified_cluster",
					"attested",
					"pass",
					"full",
					"met",
					"satisfied":
					return fmt.Errorf("%v: %s is %v", row["id"], name, value)
				}
			}
			if row["results"] != nil {
				return fmt.Errorf("%v has results without findings", row["id"])
			}
			covered, ok := row["covered_by"].(map[string]any)
			if !ok {
				return fmt.Errorf("%v: covered_by is %T", row["id"], row["covered_by"])
			}
			for key, by := range covered {
				text, ok := by.(string)
				check, isCheck := strings.CutPrefix(text, "check ")
				check, isPlanned := strings.CutSuffix(check, " (planned)")
				if _, exists := assessment.LookupCheck(check); !ok || isCheck && exists == isPlanned {
					return fmt.Errorf("%v %s: covered by %v, and the check exists: %v", row["id"], key, by, exists)
				}
			}
		}
		return nil
	})
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(configByID(id, "hds = true\nprovider_managed = true")),
			ExpectError: messageRegexp(`An argument named ` +
				`"provider_managed" is not expected here`),
		},
		{Config: env.Config(configByID(id, "hds = true")), ConfigStateChecks: []statecheck.StateCheck{claims}},
	}})
}
