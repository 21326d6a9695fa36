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

const machineEnrolmentConfig = `enrolment = "machine"
  credential_source = { file = "/root/key" }`

// enrolMachine enrols a machine as its program does, and sends a heartbeat from its address.
func (r *rig) enrolMachine() string {
	r.t.Helper()
	id, err := r.EnrolMachine(r.t.Context(), r.api, r.pool, "203.0.113.10")
	if err != nil {
		r.t.Fatal(err)
	}
	return id
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
			Config: r.nodeConfig(machineEnrolmentConfig),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue("id", knownvalue.Null()),
				expectValue("node_name", knownvalue.Null()),
				expectValue("status", knownvalue.Null()),
				expectValue("version_used", knownvalue.Null()),
				expectValue("script", matches(`(?m)^CREDENTIAL=''$`)),
				expectValue(
					"script", matches(`(?m)^KEY_FILE='/root/key'$`),
				),
				programs.AddStateValue(address, attributePath("cloud_init")),
			},
		},
		{Config: r.nodeConfig(machineEnrolmentConfig), ConfigPlanChecks: expectEmptyPlan()},
		{
			PreConfig: func() {
				if writes := r.Writes(); len(writes) != 0 {
					t.Errorf("the provider wrote %v", writes)
				}
				first = r.enrolMachine()
			},
			Config: r.nodeConfig(machineEnrolmentConfig), ConfigPlanChecks: expectEmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(
					"id", knownvalue.StringFunc(func(id string) error { return expectEqual(id, "fr-par/"+first) }),
				),
				expectValue("status", knownvalue.StringExact("ready")),
				programs.AddStateValue(address, attributePath("cloud_init")),
			},
		},
		{
			PreConfig: func() {
				r.deleteNode(first)
				second = r.enrolMachine()
			},
			Config: r.nodeConfig(machineEnrolmentConfig), ConfigPlanChecks: expectEmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(
					"id", knownvalue.StringFunc(func(id string) error { return expectEqual(id, "fr-par/"+second) }),
				),
			},
		},
		{
			PreConfig: func() { r.deleteNode(second) },
			Config:    r.nodeConfig(machineEnrolmentConfig), ConfigPlanChecks: expectAction(
				plancheck.ResourceActionCreate,
			),
			ConfigStateChecks: []statecheck.StateCheck{expectValue("id", knownvalue.Null())},
		},
		{
			Config: r.nodeConfig(
				machineEnrolmentConfig, "203.0.113.10", "203.0.113.11",
			), ConfigPlanChecks: expectAction(plancheck.ResourceActionDestroyBeforeCreate),
		},
	}})
}

func expectEqual(got, want string) error {
	if got != want {
		return fmt.Errorf("got %s, want %s", got, want)
	}
	return nil
}

// deleteNode deletes a node out of band.
func (r *rig) deleteNode(id string) {
	r.t.Helper()
	if err := r.Sandbox.Remove("nodes", id); err != nil {
		r.t.Fatal(err)
	}
}

// TestWaitForMachineEnrolment applies with wait_for_ready while the machine enrols itself. The next plan is empty.
func TestWaitForMachineEnrolment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.nodeConfig(machineEnrolmentConfig + "\n  wait_for_ready = true")
	enrolled := make(chan error, 1)
	enrol := func() {
		go func() { // only the goroutine of the test may call Fatal
			_, err := r.EnrolMachine(t.Context(), r.api, r.pool, "203.0.113.10")
			enrolled <- err
		}()
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			PreConfig: enrol, Config: config,
			ConfigStateChecks: []statecheck.StateCheck{expectValue("status", knownvalue.StringExact("ready"))},
		},
		{Config: config, ConfigPlanChecks: expectEmptyPlan()},
	}})
	if err := <-enrolled; err != nil {
		t.Error(err)
	}
}

// TestNodeChangedOutOfBand deletes a node out of band, which is then enrolled again, and sets a node to not_ready.
func TestNodeChangedOutOfBand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	differ := statecheck.CompareValue(compare.ValuesDiffer())
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config:            r.nodeConfig(""),
			ConfigStateChecks: []statecheck.StateCheck{differ.AddStateValue(address, attributePath("id"))},
		},
		{
			PreConfig: func() { r.deleteNode(r.nodes()[0].ID) },
			Config:    r.nodeConfig(""), ConfigPlanChecks: expectAction(plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{differ.AddStateValue(address, attributePath("id"))},
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
			Config: r.nodeConfig(""), ConfigPlanChecks: expectEmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{expectValue("status", knownvalue.StringExact("not_ready"))},
		},
	}})
}

// TestReplacement checks that another rotation, agent version or pool version replaces the node, and that other
// digests, names and addresses do not.
func TestReplacement(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	replaced := expectAction(plancheck.ResourceActionDestroyBeforeCreate)
	updated := expectAction(plancheck.ResourceActionUpdate)
	ids := statecheck.CompareValue(compare.ValuesDiffer())
	check := func() []statecheck.StateCheck {
		return []statecheck.StateCheck{ids.AddStateValue(address, attributePath("id"))}
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.nodeConfig(`version = "1.35"`), ConfigStateChecks: check()},
		{
			PreConfig: func() {
				if err := r.Sandbox.Patch(
					"pools", r.pool.ID, map[string]any{"version": r.FullVersion(t, "1.36")},
				); err != nil {
					t.Fatal(err)
				}
			},
			Config: r.nodeConfig(`version = "1.36"`), ConfigPlanChecks: replaced, ConfigStateChecks: check(),
		},
		{
			Config: r.nodeConfig(
				`version = "1.36"`, "0.1.5", "0.1.6",
			), ConfigPlanChecks: replaced, ConfigStateChecks: check(),
		},
		{
			Config: r.nodeConfig(
				`version = "1.36"`+"\n  rotation = \"1\"", "0.1.5", "0.1.6",
			), ConfigPlanChecks: replaced, ConfigStateChecks: check(),
		},
		{
			Config: r.nodeConfig(
				`version = "1.36"`+"\n  rotation = \"2\"", "0.1.5", "0.1.6",
			), ConfigPlanChecks: replaced, ConfigStateChecks: check(),
		},
		{
			Config: r.nodeConfig(
				`version = "1.36"`+"\n  rotation = \"2\"", "0.1.5", "0.1.6", "0b0b", "0c0c", "edge-1", "edge-2",
				"203.0.113.10",
				"203.0.113.11",
			), ConfigPlanChecks: updated,
		},
		{Config: r.nodeConfig(machineEnrolmentConfig, "0.1.5", "0.1.6"), ConfigPlanChecks: replaced},
	}})
}

// TestImport imports an enrolled node. The import writes nothing, and the program uses the credential on the machine.
func TestImport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.enrolMachine()
	r.Sandbox.ClearRequests()
	config := r.nodeConfig("rotation = \"1\"\n  version = \"1.35\"")
	for _, name := range []string{"fr-par/" + id, id} {
		r.Test(t, resource.TestCase{Steps: []resource.TestStep{
			{
				Config:           config + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, name),
				ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					expectValue("id", knownvalue.StringExact("fr-par/"+id)), expectValue(
						"script", matches(`(?m)^ENROLMENT='kept'$`),
					), expectValue("script", matches(`(?m)^CREDENTIAL=''$`)),
				},
			},
			{Config: config, ConfigPlanChecks: expectEmptyPlan()},
			{Config: r.ProviderBlock("") + "removed {\n  from = " + address + "\n  lifecycle {\n    destroy = " +
				"false\n  }\n}\n"},
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
