package tfkit_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// privateState is a private state in memory.
type privateState map[string][]byte

func (p privateState) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return p[key], nil
}

func (p privateState) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}

// TestPrivateState reads an empty private state, changes it twice, and reads a damaged one.
func TestPrivateState(t *testing.T) {
	t.Parallel()
	type private struct {
		tfkit.Existence

		Name string `json:"name,omitempty"`
	}
	var diags diag.Diagnostics
	state := privateState{}
	if found := tfkit.ReadPrivate[private](t.Context(), state, &diags); found != (private{}) {
		t.Errorf("an empty private state is %+v", found)
	}
	tfkit.UpdatePrivate(t.Context(), state, &diags, func(p *private) { p.Exists, p.IsUnfinished = true, true })
	tfkit.UpdatePrivate(t.Context(), state, &diags, func(p *private) { p.IsUnfinished, p.Name = false, "edge" })
	want := private{Existence: tfkit.Existence{Exists: true}, Name: "edge"}
	if found := tfkit.ReadPrivate[private](t.Context(), state, &diags); found != want || len(state) != 1 {
		t.Errorf("the private state is %+v in %v, want %+v", found, state, want)
	}
	if diags.HasError() {
		t.Error(diags)
	}
	for key := range state {
		state[key] = []byte(`{"exists":"perhaps"}`)
	}
	tfkit.ReadPrivate[private](t.Context(), state, &diags)
	if len(diags) != 1 {
		t.Fatalf("diagnostics %v", diags)
	}
	acctest.Contains(t, diags[0].Summary()+diags[0].Detail(), "The private state of the resource cannot be read",
		"import it again")
}
