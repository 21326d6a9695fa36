package policytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// newClaimTemplate returns a claim template with additional fields in its metadata and spec.
func newClaimTemplate(metadata, spec string) string {
	return `{metadata: {name: data` + metadata + `}, spec: {` + spec + `accessModes: [ReadWriteOnce], resources: ` +
		`{requests: {storage: 1Gi}}}}`
}

// TestClaimTemplates checks the warnings about workloads whose claims the policies will refuse.
func TestClaimTemplates(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	createNamespaces(t, cluster.clientFor(t, nil), "web", "databases")
	applyGuardrails(t, server)
	const warned decision = "warn srm-claim-templates"
	const beta = `, annotations: {volume.beta.kubernetes.io/storage-class: `
	const attested = `, annotations: {terraform-srm.github.io/encrypted-source: "true"}`
	const snapshot = `dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: nightly}, `
	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, test := range []struct {
		what, namespace, metadata, spec string
		expected                        decision
	}{
		{"default class", "web", "", "", allow},
		{"encrypted class", "web", "", "storageClassName: srm-encrypted, ", allow},
		{"other class", "web", "", "storageClassName: sbs-default, ", warned},
		{"empty class", "web", "", `storageClassName: "", `, warned},
		{
			"annotation with the encrypted class", "web", beta + "srm-encrypted}",
			"storageClassName: srm-encrypted, ", allow,
		},
		{"annotation with another class", "web", beta + "sbs-5k}", "storageClassName: srm-encrypted, ", warned},
		{"empty annotation", "web", beta + `""}`, "storageClassName: srm-encrypted, ", warned},
		{"only an empty annotation", "web", beta + `""}`, "", warned},
		{"only an annotation", "web", beta + "srm-encrypted}", "", warned},
		{"snapshot", "databases", "", snapshot, warned},
		{"attested snapshot", "databases", attested, snapshot, allow},
		{"attested snapshot in an unlisted namespace", "web", attested, snapshot, warned},
		{"clone", "databases", attested, "dataSource: {kind: PersistentVolumeClaim, name: old}, ", warned},
		{"clone with dataSourceRef", "databases", attested, "dataSourceRef: {kind: PersistentVolumeClaim, name: old}, ",
			warned},
	} {
		for kind, object := range map[string]string{
			"StatefulSet": `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: x, namespace: NS}, spec: ` +
				`{serviceName: ` +
				`x, ` +
				`selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: ` +
				`[{name: main, ` +
				`image: x}]}}, ` +
				`volumeClaimTemplates: [TEMPLATE]}}`,
			"Deployment": `{apiVersion: apps/v1, kind: Deployment, metadata: {name: x, namespace: NS}, spec: ` +
				`{selector: ` +
				`{matchLabels: {app: x}}, ` +
				`template: {metadata: {labels: {app: x}}, spec: {containers: [{name: main, image: x}], ` +
				`volumes: [{name: data, ephemeral: {volumeClaimTemplate: TEMPLATE}}]}}}}`,
			"CronJob": `{apiVersion: batch/v1, kind: CronJob, metadata: {name: x, namespace: NS}, spec: {schedule: ` +
				`"0 3 * * ` +
				`*", jobTemplate: {spec: ` +
				`{template: {spec: {restartPolicy: Never, containers: [{name: main, image: x}], ` +
				`volumes: [{name: data, ephemeral: {volumeClaimTemplate: TEMPLATE}}]}}}}}}`,
			"Pod": `{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: NS}, spec: {containers: [{name: main, ` +
				`image: ` +
				`x}], ` +
				`volumes: [{name: data, ephemeral: {volumeClaimTemplate: TEMPLATE}}]}}`,
		} {
			template := newClaimTemplate(test.metadata, test.spec)
			if kind != "StatefulSet" { // the name of the claim of an ephemeral volume comes from the pod
				template = strings.ReplaceAll(
					strings.Replace(template, "name: data, ", "", 1), "metadata: {name: data}", "metadata: {}",
				)
			}
			workload := parse(t, strings.NewReplacer("NS", test.namespace, "TEMPLATE", template).Replace(object))
			table.row(
				t,
				workload,
				kind+", "+test.what,
				"srm-claim-templates",
				test.expected,
				cluster.dryRunCreate(t, nil, workload),
				"The same decision as on its claim.",
			)
		}
	}
	// A claim template replaces a volume of the same name.
	both := parse(t, `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: x, namespace: web}, spec: `+
		`{serviceName: `+
		`x, selector: {matchLabels: {app: x}}, `+
		`template: {metadata: {labels: {app: x}}, spec: {containers: [{name: main, image: x}], volumes: [{name: data, `+
		`ephemeral: {volumeClaimTemplate: `+
		`{spec: {storageClassName: sbs-5k, accessModes: [ReadWriteOnce], resources: {requests: {storage: `+
		`1Gi}}}}}}]}}, `+
		`volumeClaimTemplates: [`+newClaimTemplate("", "")+`]}}`)
	table.row(
		t,
		both,
		"StatefulSet with a volume of the same name",
		"srm-claim-templates",
		allow,
		cluster.dryRunCreate(t, nil, both),
		"The volume is not used.",
	)
	table.summary(t)
}

// TestCountOfTemplates counts workloads whose claims or pods the policies will refuse. Objects with a controller must
// not be counted.
func TestCountOfTemplates(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "web", "databases")
	ephemeral := `{name: scratch, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: sbs-5k, accessModes: ` +
		`[ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}`
	pods := `metadata: {labels: {app: x}}, spec: {containers: [{name: main, image: x}], volumes: [` + ephemeral + `]}`
	owned := func(kind, version, name string) string {
		return `ownerReferences: [{apiVersion: ` + version + `, kind: ` + kind + `, name: ` + name + `, uid: ` +
			claimUID +
			`, controller: true}]`
	}
	for _, manifest := range []string{
		`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: postgres, namespace: databases}, spec: {replicas: ` +
			`0, ` +
			`serviceName: x, ` +
			`selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: ` +
			`main, ` +
			`image: x}]}}, ` +
			`volumeClaimTemplates: [` + newClaimTemplate("", "storageClassName: sbs-default, ") + `]}}`,
		`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: fine, namespace: databases}, spec: {serviceName: ` +
			`x, ` +
			`selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: ` +
			`main, ` +
			`image: x}]}}, ` +
			`volumeClaimTemplates: [` + newClaimTemplate("", "") + `]}}`,
		`{apiVersion: apps/v1, kind: Deployment, metadata: {name: importer, namespace: web}, spec: {selector: ` +
			`{matchLabels: {app: x}}, template: {` + pods + `}}}`,
		`{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: importer-1, namespace: web, ` + owned(
			"Deployment", "apps/v1", "importer",
		) +
			`}, spec: {selector: {matchLabels: {app: x}}, template: {` + pods + `}}}`,
		`{apiVersion: v1, kind: Pod, metadata: {name: importer-1-a, namespace: web, ` + owned(
			"ReplicaSet", "apps/v1", "importer-1",
		) +
			`}, spec: {containers: [{name: main, image: x}], volumes: [` + ephemeral + `]}}`,
		`{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: web}, spec: {containers: [{name: main, image: ` +
			`x}], ` +
			`volumes: [` + ephemeral + `]}}`,
		`{apiVersion: batch/v1, kind: CronJob, metadata: {name: backup, namespace: web}, spec: {schedule: "0 3 * * ` +
			`*", ` +
			`jobTemplate: {spec: {template: {` +
			`spec: {restartPolicy: Never, containers: [{name: main, image: x}], volumes: [{name: data, nfs: {server: ` +
			`nfs.example.org, path: /}}]}}}}}}`,
	} {
		createObject(t, client, parse(t, manifest))
	}
	_, option := acctest.ProxiedKubernetes(t, server)
	count, err := newCountClient(t, option, sandbox.SecretKey).CountRefused(
		t.Context(), settings(), settings().RefusalChanges(nil, nil),
	)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, r := range count.Refused {
		found = append(found, fmt.Sprintf("%s %s %v", r.Policy, r.Namespace, r.Names))
		if r.Policy == "srm-claim-templates" && !strings.Contains(r.Message, "will refuse the claims of these "+
			"templates") {
			t.Errorf("got message %q", r.Message)
		}
	}
	want := "srm-pod-templates web [CronJob backup], srm-claim-templates databases [StatefulSet postgres], " +
		"srm-claim-templates web [Pod bare Deployment importer]"
	if got := strings.Join(found, ", "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
