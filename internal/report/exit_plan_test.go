package report

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// exitInventory is a small inventory.
func exitInventory() inventory.Inventory {
	large, small := int64(50<<30), int64(1<<30)
	taken := time.Date(2026, 11, 29, 2, 0, 0, 0, time.UTC)
	kind := func(group, resource string, objects int, portable ...string) inventory.Kind {
		return inventory.Kind{
			Group: group, Version: "v1", Resource: resource, Objects: objects, Portable: portable, Namespaced: true,
		}
	}
	secrets := kind("", "secrets", 0)
	secrets.Gap = &assessment.Gap{Reason: assessment.Forbidden, Needs: "list secrets"}
	kinds := []inventory.Kind{
		kind("", "events", 9), kind("", "namespaces", 5, "shop"), secrets, kind("", "services", 2, "shop/web"),
		kind("apps", "deployments", 2, "shop/web"), kind("cilium.io", "ciliumnetworkpolicies", 1, "shop/dns"),
		kind("example.com", "widgets", 1, "shop/one"),
		kind("apiextensions.k8s.io", "customresourcedefinitions", 1, "widgets.example.com"),
		kind("admissionregistration.k8s.io", "validatingwebhookconfigurations", 1, "check"),
	}
	i := inventory.Inventory{
		Format: inventory.Format, ReadAt: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC),
		ClusterID: "fr-par/11111111-1111-4111-8111-111111111111", Kinds: assessment.Read("", kinds), Objects: 21,
		LeftOut: inventory.LeftOutByKubectl(kinds),
		Adaptations: []inventory.Adaptation{
			{
				Subject: inventory.ClassName,
				Value:   "sbs-default",
				Count:   2,
				Objects: []string{"PersistentVolumeClaim/shop/a"},
			},
			{Subject: inventory.PullSecret, Value: "shop/registry", Count: 1},
		},
	}
	i.Workloads = assessment.Read("", []inventory.Workload{
		{
			Kind: "StatefulSet", Namespace: "shop", Name: "db", Claims: []string{"data-db-*"},
			Images: []string{"postgres:17.2"},
		},
		{Kind: "Deployment", Namespace: "shop", Name: "web", Images: []string{"rg.fr-par.scw.cloud/shop/web:1"}},
		{Kind: "DaemonSet", Namespace: "kube-system", Name: "cilium", Images: []string{"cilium:1"}, FromScaleway: true},
	})
	i.Images = assessment.Read("", inventory.Images(i.Workloads.Items))
	i.Volumes = assessment.Read("", []inventory.Volume{
		{Name: "pvc-1", Claim: "shop/uploads", SizeBytes: &small, NewestSnapshotAt: &taken},
		{Name: "pvc-2", Claim: "shop/data-db-0", SizeBytes: &large, Workloads: []string{"StatefulSet/shop/db"}},
		{Name: "pvc-3", SizeBytes: &small},
	})
	i.Releases = assessment.Read("", []inventory.Release{{Namespace: "edge", Name: "nginx"}})
	return i
}

// TestExitPlan checks what a plan says about a cluster, in both languages.
func TestExitPlan(t *testing.T) {
	t.Parallel()
	i := exitInventory()
	english, french := ExitPlan(i, "sha256:ab", "en"), ExitPlan(i, "sha256:ab", "fr")
	for _, want := range []string{
		"# Exit plan of cluster `fr-par/11111111-1111-4111-8111-111111111111`", "It certifies nothing",
		"| Data to copy | 3, 52.0 GiB |", "| `secrets` | ", "| Secrets (REV-05) | 0 + ? (",
		"| `sbs-default` | 2 | PersistentVolumeClaim/shop/a | replaced by $CLASS",
		`get deployments.v1.apps -A -o json | jq -f clean.jq > export/05-deployments.apps.json  # 1`,
		`get secrets -A -o json | jq -f clean.jq > export/03-secrets.json  # not counted`,
		`crane copy -- rg.fr-par.scw.cloud/shop/web:1 "$REGISTRY/shop/web:1"`,
		`crane auth login -u nologin --password-stdin -- rg.fr-par.scw.cloud`, "| `postgres:17.2` | docker.io | 1 |",
		`--argjson classes '["sbs-default"]'`,
		"`ciliumnetworkpolicies.cilium.io`: rewrite as NetworkPolicy, or", "with the same network: `shop/dns`.",
		`exec statefulset/db -- pg_dumpall -U "${PGUSER:-postgres}" > data/shop-data-db-0.dump`, "copy shop uploads",
		"| 2026-11-29 | file copy; stop the workload first |", "no claim: delete it",
		"pull_secret shop registry", "inventory_digest: 'sha256:ab'",
		"helm --kube-context \"$SOURCE\" get values -n edge -o yaml -- nginx", "Kinds that were not read (step 1): 1.",
		"| `ciliumnetworkpolicies.cilium.io` | 1 | 1 |",
	} {
		if !strings.Contains(english, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, want := range []string{
		"# Plan de sortie du cluster", "Il ne certifie rien", "## 9. Tester et valider", "non comptés",
		"Questions ouvertes", "inventory_digest: 'sha256:ab'",
	} {
		if !strings.Contains(french, want) {
			t.Errorf("%q is missing in French", want)
		}
	}
	for _, absent := range []string{"get events", "kube-system/cilium", "cilium:1", "export/01-cilium"} {
		if strings.Contains(english, absent) {
			t.Errorf("%q is in the plan", absent)
		}
	}
	if t.Failed() {
		t.Log(english)
	}
}

// TestExitPlanOrder checks the order in which objects are applied: definitions before custom resources, claims before
// data, admission last.
func TestExitPlanOrder(t *testing.T) {
	t.Parallel()
	plan, at := ExitPlan(exitInventory(), "", "en"), 0
	for _, file := range []string{
		"01-namespaces.json", "02-customresourcedefinitions.apiextensions.k8s.io.json", "03-secrets.json",
		"04-services.json", "05-deployments.apps.json", "06-widgets.example.com.json",
		"07-validatingwebhookconfigurations.admissionregistration.k8s.io.json",
	} {
		next := strings.Index(plan[at:], "deploy "+file)
		if next < 0 {
			t.Fatalf("%s is not applied after the files before it", file)
		}
		at += next
	}
	if strings.Count(plan, "wait --for=condition=Established") != 1 {
		t.Error("custom resource definitions are not waited for")
	}
}

// TestShell quotes words for a shell.
func TestShell(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"shop": "shop", "a b": "'a b'", "": "''", "it's": `'it'\''s'`, "$(id)": "'$(id)'", `["x"]`: `'["x"]'`,
	} {
		if got := shell(word); got != want {
			t.Errorf("%q: %s; expected %s", word, got, want)
		}
	}
}

// TestEmptyExitPlan checks that a cluster that was not read has a plan that says so.
func TestEmptyExitPlan(t *testing.T) {
	t.Parallel()
	gap := assessment.Gap{Reason: assessment.Unreachable}
	i := inventory.Inventory{ClusterID: "fr-par/x", Kinds: assessment.Unread[inventory.Kind]("", gap)}
	for _, language := range []string{"en", "fr"} {
		if plan := ExitPlan(i, "", language); !strings.Contains(plan, "+ ? (") {
			t.Errorf("the gaps are missing:\n%s", plan)
		}
	}
}

// TestExitPlanRunsNoName runs the commands of a plan, with programs that do nothing, for a cluster whose users chose
// names that a shell would run. Images, names of releases and annotations may have any characters.
func TestExitPlanRunsNoName(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("make needs bash: ", err)
	}
	for _, hostile := range []string{
		"$(touch run)", "`touch run`", "x; touch run #", "x\" ; touch run; \"", "x' ; touch run; '",
		"x\n```\ntouch run\n```sh\n",
	} {
		i := exitInventory()
		i.Workloads.Items[1].Images = []string{"rg.fr-par.scw.cloud/shop/" + hostile + ":1"}
		i.Images = assessment.Read("", inventory.Images(i.Workloads.Items))
		i.Releases.Items = append(i.Releases.Items, inventory.Release{Namespace: hostile, Name: hostile})
		i.Volumes.Items[0].Claim, i.Volumes.Items[1].Claim = "shop/"+hostile, hostile+"/data"
		i.Adaptations = append(i.Adaptations,
			inventory.Adaptation{Subject: inventory.ClassName, Value: hostile},
			inventory.Adaptation{Subject: inventory.PullSecret, Value: "shop/" + hostile})
		blocks := shellBlocks(t, ExitPlan(i, "sha256:ab", "en"))
		if len(blocks) < 8 {
			t.Fatalf("%d blocks", len(blocks))
		}
		script := "kubectl() { cat > /dev/null; }; helm() { :; }; crane() { cat > /dev/null; }; jq() { echo 0; }\n" +
			"read() { REGISTRY_PASSWORD=x; }; SCW_SECRET_KEY=x\n" + strings.Join(blocks, "\n")
		folder := t.TempDir()
		command := exec.CommandContext(t.Context(), bash, "-c", script)
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s", hostile, err, out)
		}
		if _, err := os.Stat(filepath.Join(folder, "run")); err == nil {
			t.Errorf("the plan runs %q", hostile)
		}
	}
}

// shellBlocks returns the commands of a plan, as a reader of the rendered Markdown copies them.
func shellBlocks(t *testing.T, plan string) []string {
	t.Helper()
	source := []byte(plan)
	blocks := []string{}
	document := goldmark.DefaultParser().Parse(gmtext.NewReader(source))
	err := ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if block, ok := n.(*ast.FencedCodeBlock); ok && entering && string(block.Language(source)) == "sh" {
			blocks = append(blocks, string(block.Lines().Value(source)))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// TestExitPlanNamesAreNoOptions runs the commands of a plan for a cluster with names that begin with "-": no program
// gets one as an option.
func TestExitPlanNamesAreNoOptions(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("make needs bash: ", err)
	}
	const hostile = "--option"
	i := exitInventory()
	i.Workloads.Items[1].Images = append(i.Workloads.Items[1].Images, "rg.fr-par.scw.cloud/"+hostile+":1", hostile)
	i.Images = assessment.Read("", inventory.Images(i.Workloads.Items))
	i.Releases.Items = append(i.Releases.Items, inventory.Release{Namespace: hostile, Name: hostile})
	i.Volumes.Items[0].Claim, i.Volumes.Items[1].Claim = "shop/"+hostile, hostile+"/data"
	i.Adaptations = append(i.Adaptations,
		inventory.Adaptation{Subject: inventory.ClassName, Value: hostile},
		inventory.Adaptation{Subject: inventory.PullSecret, Value: "shop/" + hostile},
		inventory.Adaptation{Subject: inventory.PullSecret, Value: hostile + "/registry"})
	// An argument behind "--" or "-n", or behind --arg and a name, is no option.
	const check = `check() {
  local program=$1 before= earlier=
  shift
  for argument; do
    if [ "$argument" = -- ]; then break; fi
    case $argument in
    --option*) if [ "$before" != -n ] && [ "$earlier" != --arg ]; then echo "$program $*" >> options; fi ;;
    esac
    earlier=$before before=$argument
  done
  echo "$program" >> calls
}
kubectl() { check kubectl "$@"; cat > /dev/null; }; crane() { check crane "$@"; cat > /dev/null; }
helm() { check helm "$@"; }
jq() { check jq "$@"; echo 0; }
read() { REGISTRY_PASSWORD=x; }; SCW_SECRET_KEY=x
`
	folder := t.TempDir()
	command := exec.CommandContext(
		t.Context(), bash, "-c", check+strings.Join(shellBlocks(t, ExitPlan(i, "sha256:ab", "en")), "\n"),
	)
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if calls, err := os.ReadFile(
		filepath.Join(folder, "calls"),
	); err != nil ||
		strings.Count(string(calls), "\n") < 20 {
		t.Errorf("%s, %v", calls, err)
	}
	if options, err := os.ReadFile(filepath.Join(folder, "options")); err == nil {
		t.Errorf("names as options:\n%s", options)
	}
}

// TestExitPlanNamesWhatIsLeft checks that a plan names each object of users that the export does not take, with the
// reason, and gives claims whose volume stays behind a class of the new host.
func TestExitPlanNamesWhatIsLeft(t *testing.T) {
	t.Parallel()
	i := exitInventory()
	volumes := inventory.Kind{
		Version: "v1", Resource: "persistentvolumes", Objects: 3, Portable: []string{"archive"},
		Rebuild: []inventory.Rebuild{{Object: "cache", Reason: inventory.DataOnNode}, {
			Object: "imported", Reason: inventory.ScalewayStorage,
		}},
	}
	snapshots := inventory.Kind{
		Group: "snapshot.storage.k8s.io", Version: "v1", Resource: "volumesnapshots", Portable: []string{},
	}
	for n := range 40 {
		snapshots.Rebuild = append(snapshots.Rebuild, inventory.Rebuild{
			Object: fmt.Sprintf("shop/daily-%02d", n), Reason: inventory.SnapshotData,
		})
	}
	jobs := inventory.Kind{Group: "batch", Version: "v1", Resource: "jobs", Portable: []string{"shop/migrate"}}
	i.Kinds.Items = append(i.Kinds.Items, volumes, snapshots, jobs)
	i.Volumes.Items = append(i.Volumes.Items,
		inventory.Volume{Name: "archive", Claim: "shop/archive", Driver: "nfs"},
		inventory.Volume{Name: "cache", Claim: "shop/cache", Driver: "hostPath", Class: "manual"},
		inventory.Volume{Name: "imported", Claim: "shop/old", Driver: "csi.scaleway.com"})
	i.Services = assessment.Read("", []inventory.Service{
		{Namespace: "shop", Name: "ledger", WithoutSelector: true},
		{Namespace: "shop", Name: "records", Type: "ExternalName", ExternalName: "records.fr-par.scw.cloud"},
	})
	i.Outside.Resources = []inventory.ResourceList{{
		Kind: "bucket", Collection: assessment.Unread[inventory.Resource]("", assessment.Gap{
			Reason: assessment.InputMissing, Needs: "--bucket NAME",
		}),
	}}
	i.Workloads.Items = append(i.Workloads.Items, inventory.Workload{
		Kind: "DaemonSet", Namespace: "kube-system", Name: "csi-nfs-node",
	})
	i.Grants = assessment.Read("", []inventory.Grant{
		{Binding: "auditor", Subject: "User:scaleway:bearer:1"},
		{Binding: "mixed", Subject: "Group:scaleway:group:1"}, {Binding: "mixed", Subject: "Group:developers"},
	})
	plan := ExitPlan(i, "", "en")
	for _, want := range []string{
		"| `persistentvolumes` | `cache` | its data is on a node",
		"| `persistentvolumes` | `imported` | its disk is at",
		"`shop/daily-29` and 10 more (`kubectl get volumesnapshots.snapshot.storage.k8s.io -A`)",
		"| `endpoints` | `shop/ledger` |", "| `workloads` | `DaemonSet/kube-system/csi-nfs-node` |",
		"| `clusterrolebindings.rbac.authorization.k8s.io` | `auditor` |",
		"| records.fr-par.scw.cloud | Service/shop/records | a server at Scaleway", "`--bucket NAME`) |",
		"| Data to copy | 5, 52.0 GiB and 2 of unknown size |",
		`--argjson claims '["shop/cache","shop/old"]'`, "| shop/archive | ? |  | none known | stays on its own server",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Index(plan, "jobs.batch.json\n```") < strings.Index(plan, "\n## 8. ") {
		t.Error("Jobs start before the names are switched")
	}
	if t.Failed() {
		t.Log(plan)
	}
	if !strings.Contains(ExitPlan(i, "", "fr"), "Non exporté : à refaire à la main") {
		t.Error("the section is missing in French")
	}
}
