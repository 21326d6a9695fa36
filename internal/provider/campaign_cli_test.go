package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// cliCell is one resource under a real CLI, up to the operation that goes wrong.
type cliCell struct {
	*acctest.CLI

	t      *testing.T
	env    *acctest.Env
	of     subject
	before int // how many objects of the kind there were
}

func newCLICell(t *testing.T, of subject, operation string) *cliCell {
	t.Helper()
	env := acctest.New(t)
	config := of.before(t, env)
	c := &cliCell{CLI: env.CLI(t, ""), t: t, env: env, of: of}
	c.resource(config)
	c.before = len(c.objects())
	if operation != "create" {
		c.Must("apply", "-auto-approve")
	}
	if operation == "update" {
		config = maps.Clone(config)
		maps.Copy(config, of.changed)
		c.resource(config)
	}
	env.Sandbox.ClearRequests()
	return c
}

// resource writes the configuration of the resource, as the JSON that CLIs read as well.
func (c *cliCell) resource(config map[string]any) {
	c.t.Helper()
	text, err := json.Marshal(map[string]any{"resource": map[string]any{c.of.kind: map[string]any{"it": config}}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.file("resource.tf.json", string(text))
}

func (c *cliCell) file(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.Dir(), name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func command(operation string) []string {
	switch operation {
	case "refresh":
		return []string{"plan", "-no-color"}
	case "destroy":
		return []string{"destroy", "-auto-approve", "-no-color"}
	}
	return []string{"apply", "-auto-approve", "-no-color"}
}

// objects are the ids of the kind that are not going.
func (c *cliCell) objects() []string {
	c.t.Helper()
	var held []map[string]any
	if err := c.env.Sandbox.Objects(c.of.objects, &held); err != nil {
		c.t.Fatal(err)
	}
	found := []string{}
	for _, one := range held {
		if one["status"] != "deleting" && one["status"] != "deleted" {
			found = append(found, fmt.Sprint(one["id"]))
		}
	}
	return found
}

// done says whether the wanted state is reached; why says what is not as wanted.
func (c *cliCell) done(operation string) (why string) {
	c.t.Helper()
	if operation == "destroy" {
		if status := c.Status(c.of.kind, "it"); status != "absent" || len(c.objects()) != c.before {
			return fmt.Sprintf("the state has it %s, %d objects", status, len(c.objects()))
		}
		return ""
	}
	if out, code := c.Run("plan", "-no-color", "-detailed-exitcode"); code != 0 {
		return fmt.Sprintf("the plan ends with %d:\n%s", code, out)
	}
	return ""
}

// importBlock is what a refusal prints.
var importBlock = regexp.MustCompile(
	`(?s)import \{\s*to = (srm_\w+)\.\S+\s*id = "([^"]+)"\s*\}`,
) //nolint:gochecknoglobals // a constant

// again is one more go at the operation. Where that refuses with an import block, it is written down and the apply
// repeated, as the refusal says.
func (c *cliCell) again(operation string) string {
	c.t.Helper()
	out, code := c.Run(command(operation)...)
	if block := importBlock.FindStringSubmatch(strings.ReplaceAll(out, "│ ", "")); code != 0 && block != nil {
		c.file("import.tf", fmt.Sprintf("import {\n  to = %s.it\n  id = %q\n}\n", block[1], block[2]))
		more, _ := c.Run(command(operation)...)
		if err := os.Remove(filepath.Join(c.Dir(), "import.tf")); err != nil {
			c.t.Fatal(err)
		}
		return out + more
	}
	return out
}

// settle goes on until the wanted state is reached, two more times at most, and judges what there is then.
func (c *cliCell) settle(operation, where, said string) {
	c.t.Helper()
	for more := 0; more < 2 && c.done(operation) != ""; more++ {
		if c.Status(c.of.kind, "it") == "tainted" {
			c.t.Errorf("%s: tainted:\n%s", where, said)
		}
		said += c.again(operation)
	}
	if why := c.done(operation); why != "" {
		c.t.Errorf("%s: after two more: %s\n%s", where, why, said)
	}
	if strings.Contains(said, sandbox.SecretKey) {
		c.t.Errorf("%s: the secret key was said:\n%s", where, said)
	}
	expected := c.before
	if operation != "destroy" {
		expected++
	}
	left := c.objects()
	if c.of.kind == "srm_kosmos_external_node" && operation == "create" && len(left) == expected+1 {
		// A node whose credential was lost cannot be told from one whose machine has not come: it is named, and not deleted.
		left = slices.DeleteFunc(
			left, func(id string) bool { return strings.Contains(said, id) && !strings.Contains(c.stateText(), id) },
		)
	}
	if len(left) != expected {
		c.t.Errorf("%s: %d objects, not %d: %v\n%s", where, len(left), expected, left, said)
	}
}

func (c *cliCell) stateText() string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.Dir(), "terraform.tfstate"))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// kill runs the operation and kills the provider at a request, which is done all the same, and returns what the CLI
// said.
func (c *cliCell) kill(operation, request string) string {
	c.t.Helper()
	met, killed, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	method, path, _ := strings.Cut(request, " ")
	err := c.env.Sandbox.AddFault(sandbox.Fault{Method: method, Path: strings.ReplaceAll(path, "{id}", "*"),
		Kind: sandbox.FaultLostResponse, Met: func() {
			close(met)
			<-killed
		}})
	if err != nil {
		c.t.Fatal(err)
	}
	run, out, code := c.Start(command(operation)...), "", 0
	go func() {
		out, code = run.Wait()
		close(ended)
	}()
	select {
	case <-met:
		run.KillProvider()
	case <-ended:
		c.t.Errorf("%s never met %s:\n%s", operation, request, out)
	}
	close(killed)
	<-ended
	if code == 0 {
		c.t.Errorf("%s, killed at %s: the CLI says nothing\n%s", operation, request, out)
	}
	return out
}

// TestKilledProvider kills the provider process at each write of each resource, after which the write is done and its
// answer: at most two more applies, one of them with the import block that a refusal printed, reach the wanted state.
func TestKilledProvider(t *testing.T) {
	t.Parallel()
	for _, of := range subjects() {
		t.Run(of.kind, func(t *testing.T) {
			t.Parallel()
			for _, operation := range []string{"create", "update", "destroy"} {
				probe := newCLICell(t, of, operation)
				probe.Must(command(operation)...)
				requests := probe.env.AllRequests()
				for _, n := range distinct(requests) {
					if strings.HasPrefix(requests[n], "GET ") {
						continue
					}
					c := newCLICell(t, of, operation)
					out := c.kill(operation, requests[n])
					c.settle(operation, fmt.Sprintf("%s, killed at %s", operation, requests[n]), out)
				}
			}
		})
	}
}

// sampled is how many cells of the campaign run on each CLI.
const sampled = 30

// TestCampaignOnCLI is a sample of TestFaultCampaign on the CLI of the run: the same cells on each, spread over
// resources, operations and faults by a fixed step.
func TestCampaignOnCLI(t *testing.T) {
	t.Parallel()
	type one struct {
		of        subject
		operation string
		fault     fault
	}
	all := []one{}
	for _, of := range subjects() {
		for _, operation := range operations() {
			for _, met := range campaign(len(all)) {
				// A lasting fault is not for the intervals of a real provider, and no test interrupts one that never answers.
				if met.scope == once && met.Kind != sandbox.FaultDelay {
					all = append(all, one{of, operation, met})
				}
			}
		}
	}
	for i := range sampled {
		picked := all[i*len(all)/sampled+i%3]
		t.Run(fmt.Sprintf("%s %s %s", picked.of.kind, picked.operation, picked.fault.name), func(t *testing.T) {
			t.Parallel()
			probe := newCLICell(t, picked.of, picked.operation)
			probe.Must(command(picked.operation)...)
			moments := distinct(probe.env.AllRequests())
			c := newCLICell(t, picked.of, picked.operation)
			arm := picked.fault.Fault
			arm.Path, arm.After = "*", moments[i%len(moments)]
			if err := c.env.Sandbox.AddFault(arm); err != nil {
				t.Fatal(err)
			}
			out, _ := c.Run(command(picked.operation)...)
			c.env.Sandbox.ClearFaults() // a wait may have looked less often than that of the probe
			c.settle(picked.operation, fmt.Sprintf("%s at request %d", picked.fault.name, arm.After+1), out)
		})
	}
}
