package policytest

import (
	"context"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// olderService is a Service that is older than the guardrails and that they would refuse. The CCM creates its Load
// Balancer under the guardrails.
type olderService struct {
	name, annotations, spec string
	// zone is the zone of the Load Balancer.
	zone string
	// edits are merge patches of users with their decisions, each applied to the Service after the CCM has changed it.
	edits []change
}

func olderServices() []olderService {
	set := func(pairs ...string) string {
		fields := []string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			value := `"` + pairs[i+1] + `"`
			if pairs[i+1] == "-" {
				value = "null"
			}
			fields = append(fields, `"`+pairs[i]+`":`+value)
		}
		return `{"metadata":{"annotations":{` + strings.Join(fields, ",") + `}}}`
	}
	const (
		web  = `type: LoadBalancer, selector: {app: web}, ports: [{name: web, port: 80}]`
		tls  = `type: LoadBalancer, selector: {app: web}, ports: [{name: web, port: 443}]`
		pass = guardrails.AnnotationPassthrough
	)
	secure := lbPrefix + `certificate-ids: "` + certificate + `", ` + lbPrefix + `protocol-http: "true", ` + lbPrefix +
		`http-backend-tls: "true"`
	return []olderService{
		{name: "plaintext", spec: web, zone: "fr-par-1", edits: []change{
			{"no change", `{}`, allow},
			{"label", `{"metadata":{"labels":{"team":"records"}}}`, allow},
			{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
			{"other target port", `{"spec":{"ports":[{"name":"web","port":80,"targetPort":8080}]}}`, allow},
			{"loadBalancerSourceRanges", `{"spec":{"loadBalancerSourceRanges":["10.0.0.0/8"]}}`, allow},
			{"private", set(lbPrefix+"private", "true"), allow},
			{"zone in fr-par", set(lbPrefix+"zone", "fr-par-2"), allow},
			{"passthrough in an unlisted namespace", set(pass, "true"), allow},
			{
				"TLS",
				set(
					lbPrefix+"certificate-ids", certificate, lbPrefix+"protocol-http", "TRUE",
					lbPrefix+"http-backend-tls", "t",
				),
				allow,
			},
			{"no Load Balancer", `{"spec":{"type":"ClusterIP"}}`, allow},
			{"other plaintext port", `{"spec":{"ports":[{"name":"web","port":8080}]}}`, refusedLB},
			{
				"added plaintext port", `{"spec":{"ports":[{"name":"web","port":80},{"name":"alt","port":8080}]}}`,
				refusedLB,
			},
			{"zone in another region", set(lbPrefix+"zone", "nl-ams-1"), refusedLB},
			{"Load Balancer in another region", set(lbPrefix+"id", "nl-ams-1/"+certificate), refusedLB},
			{"unverified backends", set(lbPrefix+"http-backend-tls-skip-verify", "T"), refusedLB},
			{"weak TLS", set(lbPrefix+"ssl-compatibility-level", "ssl_compatibility_level_old"), refusedLB},
			{"failover to another host", set(lbPrefix+"failover-host", "example.org"), refusedLB},
		}},
		{
			name:        "other-region",
			annotations: lbPrefix + `zone: nl-ams-1, ` + secure,
			spec:        tls,
			zone:        "nl-ams-1",
			edits: []change{
				{"label", `{"metadata":{"labels":{"team":"records"}}}`, allow},
				{"other port with TLS", `{"spec":{"ports":[{"name":"web","port":8443}]}}`, allow},
				{"moved to fr-par", set(lbPrefix+"zone", "fr-par-1", lbPrefix+"id", "-"), allow},
				{"moved to a third region", set(lbPrefix+"zone", "pl-waw-1"), refusedLB},
				{"plaintext", set(lbPrefix+"protocol-http", "-"), refusedLB},
			},
		},
		{name: "unverified", annotations: secure + `, ` + lbPrefix + `http-backend-tls-skip-verify: "true"`, spec: tls,
			zone: "fr-par-1", edits: []change{
				{"verified backends", set(lbPrefix+"http-backend-tls-skip-verify", "-"), allow},
				{"other spelling", set(lbPrefix+"http-backend-tls-skip-verify", "443"), allow},
				{"added port with an unverified backend", `{"spec":{"ports":[{"name":"web","port":443},{"name":"alt",` +
					`"port":8443}]}}`, refusedLB},
			}},
		{name: "unreadable", annotations: lbPrefix + `protocol-http: "yes"`, spec: tls, zone: "fr-par-1",
			edits: []change{
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"plaintext", set(lbPrefix+"protocol-http", "-"), allow},
				{"other port", `{"spec":{"ports":[{"name":"web","port":8443}]}}`, refusedLB},
			}},
		{
			name:        "weak",
			annotations: secure + `, ` + lbPrefix + `ssl-compatibility-level: ssl_compatibility_level_old`,
			spec:        tls,
			zone:        "fr-par-1",
			edits: []change{
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"default level", set(lbPrefix+"ssl-compatibility-level", "-"), allow},
				{"invalid level", set(lbPrefix+"ssl-compatibility-level", "weakest"), refusedLB},
			},
		},
		{name: "failover", annotations: secure + `, ` + lbPrefix + `failover-host: example.org`, spec: tls,
			zone: "fr-par-1",
			edits: []change{
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"bucket website in fr-par", set(lbPrefix+"failover-host", "site.s3-website.fr-par.scw.cloud"), allow},
				{"other host", set(lbPrefix+"failover-host", "example.com"), refusedLB},
			}},
		{
			name:        "private",
			annotations: lbPrefix + `private: "true"`,
			spec: web + `, loadBalancerSourceRanges: ["10.0.0.0/8", ` +
				`"192.0.2.0/24"]`,
			zone: "fr-par-1",
			edits: []change{
				{"fewer networks", `{"spec":{"loadBalancerSourceRanges":["10.0.0.0/8"]}}`, allow},
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"public", set(lbPrefix+"private", "-"), refusedLB},
				{"public, other spelling", set(lbPrefix+"private", "f"), refusedLB},
				{"more networks", `{"spec":{"loadBalancerSourceRanges":["0.0.0.0/0"]}}`, refusedLB},
				{"no loadBalancerSourceRanges", `{"spec":{"loadBalancerSourceRanges":null}}`, refusedLB},
			},
		},
		{name: "many-ports", spec: `type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: web}, ` +
			`ports: ` +
			`[` + manyPorts() + `]`, zone: "fr-par-1"},
	}
}

// manyPorts returns 100 ports, to test the CEL cost of the policies.
func manyPorts() string {
	ports := []string{}
	for i := range 100 {
		ports = append(
			ports, strings.ReplaceAll("{name: pN, port: 90N}", "N", string(rune('0'+i/10))+string(rune('0'+i%10))),
		)
	}
	return strings.Join(ports, ", ")
}

// TestControllersAndOlderServices patches Services that are older than the guardrails like the CCM, which would create
// Load Balancers repeatedly after a refusal. It then patches them like users.
func TestControllersAndOlderServices(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "old")
	services := olderServices()
	for _, s := range services {
		createObject(t, client, parse(t,
			`{apiVersion: v1, kind: Service, metadata: {name: `+s.name+`, namespace: old, `+
				`annotations: {`+s.annotations+`}}, spec: {`+s.spec+`}}`))
	}
	applyGuardrails(t, server)
	controller := cluster.clientFor(t, []string{"system:cloud-controller-manager", "scaleway:cluster-write"})
	table := table{}
	t.Log("object, step | policy | expected | actual | reason")
	for _, s := range services {
		object := parse(t, `{apiVersion: v1, kind: Service, metadata: {name: `+s.name+`, namespace: old}}`)
		step := func(
			what string, want decision, kind types.PatchType, body string, dryRun bool, subresource ...string,
		) {
			t.Helper()
			options, sender := metav1.PatchOptions{}, controller
			if dryRun {
				options.DryRun, sender = []string{metav1.DryRunAll}, client
			}
			got := cluster.decide(func() error {
				_, err := resourceClient(t, sender,
					object).Patch(t.Context(), s.name, kind, []byte(body), options, subresource...)
				return err
			})
			if want == allow && strings.HasPrefix(string(got), "warn") {
				got = allow
			}
			table.row(t, object, "Service/"+s.name+", "+what, guardrails.LoadBalancers, want, got, "The Service is "+
				"older than the guardrails.")
		}
		strategic := types.StrategicMergePatchType
		step(
			"the CCM adds its finalizer", allow, strategic,
			`{"metadata":{"finalizers":["service.kubernetes.io/load-balancer-cleanup"]}}`, false,
		)
		step(
			"the CCM writes the ID of the Load Balancer",
			allow,
			strategic,
			`{"metadata":{"annotations":{"`+lbPrefix+`id":"`+s.zone+"/"+
				certificate+`"}}}`,
			false,
		)
		step("the CCM writes the status", allow, strategic, `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1",`+
			`"ipMode":"VIP"}]}}}`, false, "status")
		step(
			"the CCM copies the tags", allow, strategic, `{"metadata":{"labels":{"k8s.scaleway.com/cluster":"x"}}}`,
			false,
		)
		step(
			"the CCM removes the ID of the Load Balancer",
			allow,
			strategic,
			`{"metadata":{"annotations":{"`+lbPrefix+`id":null}}}`,
			false,
		)
		step(
			"the CCM writes the ID of a new Load Balancer",
			allow,
			strategic,
			`{"metadata":{"annotations":{"`+lbPrefix+`id":"`+s.zone+"/"+
				strings.ToLower(otherCertificate)+`"}}}`,
			false,
		)
		for _, e := range s.edits {
			step(e.what, e.expected, types.MergePatchType, e.patch, true)
			if strings.Contains(e.patch, `"annotations"`) {
				step(e.what+", through the status", e.expected, types.MergePatchType, e.patch, true, "status")
			}
		}
		if err := resourceClient(t, client, object).Delete(t.Context(), s.name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
		step(
			"the CCM removes the ID during deletion", allow, strategic, `{"metadata":{"annotations":{"`+lbPrefix+
				`id":null}}}`, false,
		)
		step("the CCM removes its finalizer", allow, types.MergePatchType, `{"metadata":{"finalizers":null}}`, false)
	}
	table.summary(t)
}

// olderClaim returns a claim in the namespace old, for tests that create it before the guardrails are created.
func olderClaim(t *testing.T, name, class string) *unstructured.Unstructured {
	t.Helper()
	return parse(t, `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: `+name+`, namespace: old}, `+
		`spec: {storageClassName: `+class+`, accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}}`)
}

// plaintextVolume returns the volume that the provisioner of a driver creates for such a claim.
func plaintextVolume(t *testing.T, claim, uid, driver string) *unstructured.Unstructured {
	t.Helper()
	return parse(t, strings.NewReplacer("UID", uid, "NAME", claim, "DRIVER", driver).Replace(
		`{apiVersion: v1, kind: PersistentVolume, metadata: {name: pvc-UID,
  annotations: {pv.kubernetes.io/provisioned-by: DRIVER}},
spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Delete,
  storageClassName: sbs-default,
claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: old, name: NAME, uid: UID},
csi: {driver: DRIVER, volumeHandle: fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c001,
volumeAttributes: {encrypted: "false", storage.kubernetes.io/csiProvisionerIdentity: 1-8081-DRIVER}}}}`),
	)
}

// TestProvisionerAndOlderClaims creates the volumes of provisioners for claims that were pending before the guardrails
// were created. A refusal would orphan the Block Storage volume.
func TestProvisionerAndOlderClaims(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "old")
	uids := map[string]string{}
	for name, class := range map[string]string{"plaintext": "sbs-default", "foreign": "nfs-client", "bound": "sbs-5k"} {
		object := olderClaim(t, name, class)
		createObject(t, client, object)
		uids[name] = readUID(t, client, object)
	}
	bound := olderClaim(t, "bound", "sbs-5k")
	if _, err := resourceClient(t, client, bound).Patch(
		t.Context(), "bound", types.MergePatchType, []byte(
			`{"status":{"phase":"Bound"}}`,
		), metav1.PatchOptions{}, "status",
	); err != nil {
		t.Fatal(err)
	}
	applyGuardrails(t, server)
	uids["unknown"] = "0b5b1f3e-6a0c-4f6e-9d6c-2f1f6c1f0a02"
	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, user := range [][]string{
		nil, {
			"system:serviceaccount:kube-system:scaleway-csi", "system:serviceaccounts:kube-system",
			"scaleway:cluster-write",
		},
	} {
		for _, c := range []struct {
			name, driver string
			expected     decision
			reason       string
		}{
			{"plaintext", guardrails.Provisioner, allow, "The claim was pending."},
			{"foreign", "nfs.csi.k8s.io", "deny srm-volumes", "The policy only accepts the provisioner of the driver."},
			{"bound", guardrails.Provisioner, "deny srm-known-volumes", "The claim already has a volume."},
			{"unknown", guardrails.Provisioner, "deny srm-known-volumes", "The claim does not exist."},
		} {
			object := plaintextVolume(t, c.name, uids[c.name], c.driver)
			table.row(
				t,
				object,
				title(object)+" for "+c.name,
				guardrails.KnownVolumes,
				c.expected,
				cluster.dryRunCreate(t, user, object),
				c.reason,
			)
		}
	}
	// Users cannot create such a volume for the claim.
	manual := plaintextVolume(t, "plaintext", uids["plaintext"], guardrails.Provisioner)
	manual.SetAnnotations(nil)
	table.row(
		t,
		manual,
		title(manual)+" without a provisioner",
		guardrails.Volumes,
		"deny srm-volumes",
		cluster.dryRunCreate(t, nil,
			manual),
		"The volume has no annotation of a provisioner.",
	)
	// The scheduler, the provisioner and the volume controller patch the claim.
	pending := olderClaim(t, "plaintext", "sbs-default")
	for _, patch := range []string{
		`{"metadata":{"annotations":{"volume.kubernetes.io/selected-node":"worker-1"}}}`,
		`{"metadata":{"annotations":{"volume.kubernetes.io/storage-provisioner":"csi.scaleway.com"},` +
			`"finalizers":["kubernetes.io/pvc-protection"]}}`,
		`{"metadata":{"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},"spec":{"volumeName":"pvc-x"}}`,
	} {
		got := cluster.decide(func() error {
			_, err := resourceClient(t, client, pending).Patch(
				context.WithoutCancel(t.Context()), "plaintext", types.MergePatchType, []byte(patch),
				metav1.PatchOptions{},
			)
			return err
		})
		table.row(
			t,
			pending,
			title(pending)+", "+patch,
			guardrails.Claims,
			allow,
			got,
			"The claim is older than the guardrails.",
		)
	}
	table.summary(t)
}
