package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

// TestInventoryWithoutCluster makes an inventory of a cluster whose API server is out of reach: the reason, what is
// outside the cluster, and its own exit code.
func TestInventoryWithoutCluster(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	file, folder := filepath.Join(dir, "inventory.json"), filepath.Join(dir, "evidence")
	out, stderr, code := r.run("inventory", "--cluster", "legacy-prod", "--kubernetes-host", "127.0.0.1:1", "--json",
		file, "--evidence", folder)
	if code != exitNothing {
		t.Fatalf("exit %d\n%s%s", code, out, stderr)
	}
	requireContains(t, out, "The cluster was not read: ", r.clusterID("legacy-prod"))
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	requireContains(t, stderr, file+": "+digestOf(content))
	found := decode[inventory.Inventory](t, content)
	if gap := found.Kinds.Missing(); gap == nil || gap.Reason != assessment.Unreachable {
		t.Errorf("%+v", gap)
	}
	counts := map[string]int{}
	for _, list := range found.Outside.Resources {
		counts[list.Kind] = len(list.Items)
	}
	if counts["load_balancer"] == 0 || counts["iam_grant"] == 0 || counts["volume"] == 0 {
		t.Errorf("outside: %v", counts)
	}
	_, _, problems, err := report.VerifyEvidence(os.DirFS(folder))
	if err != nil || len(problems) > 0 {
		t.Errorf("%q, %v", problems, err)
	}
	if stored, err := os.ReadFile(filepath.Join(folder, inventoryFile(found.ClusterID))); err != nil ||
		string(stored) != string(content) {
		t.Errorf("the evidence has another inventory: %v", err)
	}
}

// TestInventoryAsEvidence assesses a cluster with a stored inventory, and writes its exit plan.
func TestInventoryAsEvidence(t *testing.T) {
	t.Parallel()
	r, dir := newRig(t), t.TempDir()
	i := inventory.Inventory{
		Format: inventory.Format, ReadAt: r.now, ClusterID: r.clusterID("hds-prod"),
		Kinds: assessment.Read("", []inventory.Kind{{Version: "v1", Resource: "namespaces", Objects: 3}}),
	}
	content, err := encodeJSON(i)
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, filepath.Join(dir, "inventory.json"), string(content))
	folder, facts := filepath.Join(dir, "evidence"), filepath.Join(dir, "facts.json")
	r.must("collect", "--cluster", "hds-prod", "--layers", "api", "--output", facts)
	out := r.must("assess", "--facts", facts, "--hds", "--inventory", file, "--evidence", folder, "--json")
	f, _ := decode[results](t, []byte(out)).Assessments[0].Finding("inventory_namespaces")
	if f.Result != assessment.Pass || !strings.Contains(f.Found.EN, digestOf(content)) {
		t.Errorf("%s, %s", f.Result, f.Found.EN)
	}
	if f, _ = decode[results](t, []byte(out)).Assessments[0].Finding("inventory_volumes"); f.Result !=
		assessment.NotEvaluated {
		t.Errorf("a list that the inventory does not have: %s", f.Result)
	}
	if _, err := os.Stat(filepath.Join(folder, inventoryFile(i.ClusterID))); err != nil {
		t.Error(err)
	}
	requireContains(t, r.must("report", "--exit-plan", "-", "--inventory", file), "# Exit plan of cluster",
		digestOf(content))
	plan := filepath.Join(dir, "plan.md")
	r.must("report", "--exit-plan", plan, "--inventory", file, "--language", "fr")
	if _, stderr, code := r.run("report", "--exit-plan", "-", "--inventory", file+"x"); code != exitError ||
		!strings.Contains(stderr, "Write it with srm inventory --cluster NAME --json "+file+"x") {
		t.Errorf("an absent inventory: exit %d: %s", code, stderr)
	}
	if text, err := os.ReadFile(plan); err != nil || !strings.HasPrefix(string(text), "# Plan de sortie") {
		t.Errorf("%v\n%s", err, text)
	}
	for _, test := range []struct{ args, want string }{
		{"assess --facts " + facts + " --inventory " + facts, "has the format"},
		{"assess --cluster legacy-prod --layers api --inventory " + file, "which is not assessed"},
		{"report --exit-plan - --inventory " + dir + "/none", "no such file"},
		{"report --exit-plan " + file + " --inventory " + file, "is also an input"},
		{"report --exit-plan - --inventory " + file + " --language de", "not a language"},
		{"inventory --cluster hds-prod --previous x", "add --evidence"},
		{"inventory --cluster hds-prod --language de", "not a language"},
	} {
		if _, stderr, code := r.run(strings.Fields(test.args)...); code != exitError ||
			!strings.Contains(stderr, test.want) {
			t.Errorf("srm %s: exit %d, %s", test.args, code, stderr)
		}
	}
}
