package externalnode_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

const itself = `enrolment = "machine"
  credential_source = { file = "/root/key" }`

// come enrols a machine as its program does, and sends a heartbeat from its address.
func (r *rig) come() string {
	r.t.Helper()
	enrolled, _, err := r.api.EnrolExternalNode(r.t.Context(), r.pool)
	if err != nil {
		r.t.Fatal(err)
	}
	metadata, err := r.api.NodeMetadata(r.t.Context(), r.pool.Region, enrolled)
	if err != nil {
		r.t.Fatal(err)
	}
	r.beat(metadata.ID, enrolled.NodeSecretKey, `{"ready": true, "address": "203.0.113.10"}`)
	return metadata.ID
}

// TestMachineEnrolsItself checks that there is no node and no credential before the machine enrols itself. Then the
// node is found by its address, also after the machine was enrolled again out of band.
func TestMachineEnrolsItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	programs := statecheck.CompareValue(compare.ValuesSame())
	var first, second string
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.node(itself),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", knownvalue.Null()), value("node_name", knownvalue.Null()), value("status", knownvalue.Null()), value(
					"version_used", knownvalue.Null(),
				),
				value("script", matches(`(?m)^CREDENTIAL=''$`)), value(
					"script", matches(`(?m)^KEY_FILE='/root/key'$`),
				), programs.AddStateValue(address, at("cloud_init")),
			},
		},
		{Config: r.node(itself), ConfigPlanChecks: nothingPlanned()},
		{
			PreConfig: func() {
				if writes := r.Writes(); len(writes) != 0 {
					t.Errorf("the provider wrote %v", writes)
				}
				first = r.come()
			},
			Config: r.node(itself), ConfigPlanChecks: nothingPlanned(),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", knownvalue.StringFunc(func(id string) error { return equal(id, "fr-par/"+first) })),
				value("status", knownvalue.StringExact("ready")), programs.AddStateValue(address, at("cloud_init")),
			},
		},
		{
			PreConfig: func() {
				r.remove(first)
				second = r.come()
			},
			Config: r.node(itself), ConfigPlanChecks: nothingPlanned(),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", knownvalue.StringFunc(func(id string) error { return equal(id, "fr-par/"+second) })),
			},
		},
		{
			PreConfig: func() { r.remove(second) },
			Config:    r.node(itself), ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{value("id", knownvalue.Null())},
		},
		{
			Config: r.node(itself, "203.0.113.10", "203.0.113.11"), ConfigPlanChecks: planned(
				plancheck.ResourceActionDestroyBeforeCreate,
			),
		},
	}})
}

func equal(got, want string) error {
	if got != want {
		return fmt.Errorf("got %s, want %s", got, want)
	}
	return nil
}

// remove deletes a node out of band.
func (r *rig) remove(id string) {
	r.t.Helper()
	if err := r.Sandbox.Remove("nodes", id); err != nil {
		r.t.Fatal(err)
	}
}

// TestMachineThatComesLater applies with wait_for_ready while the machine enrols itself. The next plan is empty.
func TestMachineThatComesLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.node(itself + "\n  wait_for_ready = true")
	done := make(chan struct{})
	enrol := func() {
		go func() {
			defer close(done)
			r.come()
		}()
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			PreConfig: enrol, Config: config,
			ConfigStateChecks: []statecheck.StateCheck{value("status", knownvalue.StringExact("ready"))},
		},
		{Config: config, ConfigPlanChecks: nothingPlanned()},
	}})
	<-done
}

// TestOutOfBand deletes a node out of band, which is then enrolled again, and sets a node to not_ready.
func TestOutOfBand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	differ := statecheck.CompareValue(compare.ValuesDiffer())
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.node(""), ConfigStateChecks: []statecheck.StateCheck{differ.AddStateValue(address, at("id"))}},
		{
			PreConfig: func() { r.remove(r.nodes()[0].ID) },
			Config:    r.node(""), ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{differ.AddStateValue(address, at("id"))},
		},
		{
			PreConfig: func() {
				reason := "kubelet stopped posting node status"
				if err := r.Sandbox.Patch(
					"nodes", r.nodes()[0].ID, map[string]any{"status": k8s.NodeStatusNotReady, "error_message": reason},
				); err != nil {
					t.Fatal(err)
				}
			},
			Config: r.node(""), ConfigPlanChecks: nothingPlanned(),
			ConfigStateChecks: []statecheck.StateCheck{value("status", knownvalue.StringExact("not_ready"))},
		},
	}})
}

// TestEnrolledAnew checks that another rotation, agent version or pool version replaces the node, and that other
// digests, names and addresses do not.
func TestEnrolledAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	replaced := planned(plancheck.ResourceActionDestroyBeforeCreate)
	updated := planned(plancheck.ResourceActionUpdate)
	ids := statecheck.CompareValue(compare.ValuesDiffer())
	check := func() []statecheck.StateCheck { return []statecheck.StateCheck{ids.AddStateValue(address, at("id"))} }
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.node(`version = "1.35"`), ConfigStateChecks: check()},
		{
			PreConfig: func() {
				if err := r.Sandbox.Patch("pools", r.pool.ID, map[string]any{"version": r.Version(t, "1.36")}); err != nil {
					t.Fatal(err)
				}
			},
			Config: r.node(`version = "1.36"`), ConfigPlanChecks: replaced, ConfigStateChecks: check(),
		},
		{Config: r.node(`version = "1.36"`, "0.1.5", "0.1.6"), ConfigPlanChecks: replaced, ConfigStateChecks: check()},
		{
			Config: r.node(
				`version = "1.36"`+"\n  rotation = \"1\"", "0.1.5", "0.1.6",
			), ConfigPlanChecks: replaced, ConfigStateChecks: check(),
		},
		{
			Config: r.node(
				`version = "1.36"`+"\n  rotation = \"2\"", "0.1.5", "0.1.6",
			), ConfigPlanChecks: replaced, ConfigStateChecks: check(),
		},
		{
			Config: r.node(
				`version = "1.36"`+"\n  rotation = \"2\"", "0.1.5", "0.1.6", "0b0b", "0c0c", "edge-1", "edge-2", "203.0.113.10",
				"203.0.113.11",
			), ConfigPlanChecks: updated,
		},
		{Config: r.node(itself, "0.1.5", "0.1.6"), ConfigPlanChecks: replaced},
	}})
}

// TestImport imports an enrolled node. The import writes nothing, and the program uses the credential on the machine.
func TestImport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.come()
	r.Sandbox.ClearRequests()
	config := r.node("rotation = \"1\"\n  version = \"1.35\"")
	for _, name := range []string{"fr-par/" + id, id} {
		r.Test(t, resource.TestCase{Steps: []resource.TestStep{
			{
				Config:           config + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, name),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					value("id", knownvalue.StringExact("fr-par/"+id)), value(
						"script", matches(`(?m)^ENROLMENT='kept'$`),
					), value("script", matches(`(?m)^CREDENTIAL=''$`)),
				},
			},
			{Config: config, ConfigPlanChecks: nothingPlanned()},
			{Config: r.Provider("") + "removed {\n  from = " + address + "\n  lifecycle {\n    destroy = false\n  }\n}\n"},
		}})
	}
	if writes := r.Writes(); len(writes) != 0 {
		t.Errorf("importing wrote %v", writes)
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:      config + fmt.Sprintf("import {\n  to = %s\n  id = \"not-an-id\"\n}\n", address),
		ExpectError: regexp.MustCompile("The id of the node is malformed"),
	}}})
}
