package estatetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// kinds are the custom kinds of the tests.
func kinds() []string {
	return []string{
		"gateway.networking.k8s.io v1 Gateway gateways", "gateway.networking.k8s.io v1 HTTPRoute httproutes",
		"cert-manager.io v1 Certificate certificates",
	}
}

// one returns the only item of a list for which a function is true, without its time of creation.
func one[T any](t *testing.T, list assessment.Collection[T], is func(T) bool) T {
	t.Helper()
	if gap := list.Missing(); gap != nil {
		t.Errorf("%s: %+v", list.Source, gap)
	}
	found := slices.DeleteFunc(slices.Clone(list.Items), func(item T) bool { return !is(item) })
	if len(found) != 1 {
		t.Fatalf("%s: %d items, expected one", list.Source, len(found))
	}
	created := reflect.ValueOf(&found[0]).Elem().FieldByName("CreatedAt")
	if created.IsValid() {
		if created.IsNil() {
			t.Errorf("%s: no time of creation: %+v", list.Source, found[0])
		}
		created.SetZero()
	}
	return found[0]
}

// expect compares a fact with what was written by hand.
func expect(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func pointer[T any](value T) *T { return &value }

// TestWorkloadFacts reads workloads, volumes and what leads traffic into the cluster, with the traps of each kind.
func TestWorkloadFacts(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	e.define(t, kinds()...)
	for _, o := range readManifests(t, "testdata", "kinds.yaml") {
		e.create(t, "", o)
	}
	facts, judged := e.assess(t, sandbox.SecretKey, nil)
	in := facts.InCluster

	t.Run("workloads", func(t *testing.T) {
		names := []string{}
		for _, w := range in.Workloads.Items {
			if w.Namespace == "shop" {
				names = append(names, w.ID())
			}
		}
		expect(t, names, []string{
			"Cluster/shop/patients", "CronJob/shop/nightly", "DaemonSet/shop/agent", "Deployment/shop/web",
			"Job/shop/migrate", "Pod/shop/alone", "Rollout/shop/rollout",
		})
		workload := func(id string) assessment.Workload {
			return one(t, in.Workloads, func(w assessment.Workload) bool { return w.ID() == id })
		}
		expect(t, workload("Deployment/shop/web"), assessment.Workload{
			Kind: "Deployment", Namespace: "shop", Name: "web", Privileged: true,
			Images: []string{"example.org/init:1", "example.org/web:2"}, HostPorts: []int{443},
			Volumes: []assessment.PodVolume{
				{Name: "logs", Type: "hostPath", Detail: "/var/log", ReadOnly: true},
				{Name: "memory", Type: "emptyDir", Detail: "Memory"},
				{Name: "other", Type: "csi", Detail: "csi.example.org", ReadOnly: true},
				{Name: "scratch", Type: "emptyDir", ReadOnly: true},
				{Name: "seed", Type: "hostPath", Detail: "/seed"},
				{Name: "share", Type: "nfs", Detail: "198.51.100.1:/share"},
				{Name: "tls", Type: "csi", Detail: "csi.cert-manager.io", ReadOnly: true, HoldsNoData: true},
			},
		})
		agent := workload("DaemonSet/shop/agent")
		expect(t, agent.HostNetwork, true)
		expect(t, len(agent.HostPorts), 0)
		patients := workload("Cluster/shop/patients")
		expect(t, patients.Images, []string{"example.org/postgres:16", "example.org/postgres:17"})
		expect(t, patients.Volumes, []assessment.PodVolume{{Name: "scratch", Type: "emptyDir", ReadOnly: true}})
		expect(t, workload("DaemonSet/kube-system/cilium").FromScaleway, true)
		expect(t, in.PodCounts.Items, []assessment.PodCount{{Namespace: "shop", Pods: 6}})
	})
	t.Run("storage", func(t *testing.T) {
		volume := func(name string) assessment.PersistentVolume {
			return one(t, in.Volumes, func(v assessment.PersistentVolume) bool { return v.Name == name })
		}
		expect(t, volume("pv-encrypted"), assessment.PersistentVolume{
			Name: "pv-encrypted", Driver: "csi.scaleway.com", Encrypted: pointer("True"), HasPassphrase: true,
			Handle:       "fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c001",
			StorageClass: "srm-encrypted", Claim: "shop/data", Phase: "Bound", ReclaimPolicy: "Retain",
		})
		// The driver reads the attribute in this case only, and the key in every case.
		plain := volume("pv-plain")
		expect(t, []any{plain.Encrypted, plain.HasKMSKey, plain.HasPassphrase}, []any{(*string)(nil), true, false})
		expect(t, volume("pv-nfs").Driver, "nfs")
		expect(t, one(t, in.Claims, func(assessment.Claim) bool { return true }), assessment.Claim{
			Namespace: "shop", Name: "data", VolumeName: "pv-encrypted", Phase: "Bound", StorageClass: "srm-encrypted",
			EncryptedSource: "true",
		})
		class := func(name string) assessment.StorageClass {
			return one(t, in.StorageClasses, func(s assessment.StorageClass) bool { return s.Name == name })
		}
		expect(t, class("mixed-case"), assessment.StorageClass{
			Name: "mixed-case", Provisioner: "csi.scaleway.com", IsDefault: true, Encrypted: pointer("false"),
		})
		expect(t, class("sbs-default"), assessment.StorageClass{
			Name: "sbs-default", Provisioner: "csi.scaleway.com", IsDefault: true,
		})
	})
	t.Run("traffic", func(t *testing.T) {
		service := func(name string) assessment.Service {
			found := one(t, in.Services, func(s assessment.Service) bool { return s.Name == name })
			found.UID = strings.Repeat("u", min(len(found.UID), 1))
			return found
		}
		expect(t, service("web"), assessment.Service{
			Namespace: "shop", Name: "web", UID: "u", Type: "LoadBalancer", NodePorts: []int{30443},
			ExternalIPs: []string{"51.15.0.9"}, TLSPassthrough: "true", IngressIPs: []string{"51.15.0.1"},
			LoadBalancerID: "fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c003",
		})
		expect(t, service("metal").IsForeignClass, true)
		ingress := func(name string) assessment.Ingress {
			return one(t, in.Ingresses, func(i assessment.Ingress) bool { return i.Name == name })
		}
		expect(t, ingress("web"), assessment.Ingress{
			Namespace: "shop", Name: "web", Class: "nginx", Hosts: []string{"", "a.example.org"},
			TLS: []assessment.IngressTLS{{Hosts: []string{"a.example.org"}, SecretName: "web-tls"}},
		})
		expect(t, ingress("old").IsRedirect, true)
		expect(t, ingress("cm-acme-http-solver-x").IsACME, true)
		expect(t, ingress("no-solver").IsACME, false)
		gateway := one(t, in.Gateways, func(assessment.RouteGateway) bool { return true })
		expect(t, gateway, assessment.RouteGateway{
			Namespace: "shop", Name: "public", Class: "envoy", Listeners: []assessment.GatewayListener{
				{Name: "https", Protocol: "HTTPS", Port: 443, Routes: pointer(1), PlainRoutes: []string{"shop/web"}},
				{Name: "redirect", Protocol: "HTTP", Port: 80, Routes: pointer(1)},
				{Name: "plain", Protocol: "HTTP", Port: 8080, Routes: pointer(1), PlainRoutes: []string{"shop/web"}},
			},
		})
		date := func(year int, month time.Month, day int) *time.Time {
			return pointer(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
		}
		expect(t, one(t, in.Certificates, func(assessment.Certificate) bool { return true }), assessment.Certificate{
			Namespace: "shop", Name: "web-tls", Ready: pointer(true), NotBefore: date(2026, 11, 1),
			RenewalTime: date(2026, 12, 31), NotAfter: date(2027, 1, 30),
		})
	})
	t.Run("secrets", func(t *testing.T) {
		raw, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "hidden-") {
			t.Error("the facts have values of environment variables, commands or names of Secrets that are not needed")
		}
		var again assessment.Facts
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		options := assessment.Options{AsOf: facts.ReadAt, HDS: true, Layers: assessment.Layers()}
		if assessment.Evaluate(again, options).Digest != assessment.Evaluate(facts, options).Digest {
			t.Error("stored facts give another assessment")
		}
	})
	t.Run("judged", func(t *testing.T) {
		for check, want := range map[string][]string{
			"volumes_encrypted": {"PersistentVolume/pv-plain:needs_decision", "PersistentVolume/pv-nfs:needs_decision"},
			"workload_volume_sources": {
				"Deployment/shop/web:fail", "Pod/shop/alone:pass", "Deployment/shop/web:needs_decision",
			},
			"default_storage_class": {"StorageClass/mixed-case:fail", "StorageClass/sbs-default:fail"},
			"node_port_exposure":    {"Service/shop/web:fail"},
			"ingress_tls": {
				"Ingress/shop/web:fail", "Ingress/shop/no-solver:fail", "Gateway/shop/public:fail",
				"Ingress/shop/old:pass", "Ingress/shop/cm-acme-http-solver-x:pass",
			},
			"tls_passthrough_declared": {
				"Service/shop/web:needs_decision", "PersistentVolumeClaim/shop/data:needs_decision",
			},
			"certificate_renewal": {"Certificate/shop/web-tls:pass"},
		} {
			finding, ok := judged.Finding(check)
			results := []string{}
			for _, o := range finding.Objects {
				results = append(results, o.ID+":"+string(o.Result))
			}
			for _, one := range want {
				if !ok || !slices.Contains(results, one) {
					t.Errorf("%s: %s is missing in %q", check, one, results)
				}
			}
		}
	})
}

// TestWorkloadsWithoutRights reads as a user without rights: every list is a gap with the right that is missing.
func TestWorkloadsWithoutRights(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	facts, judged := e.assess(t, sandbox.UnprivilegedSecretKey, nil)
	in := facts.InCluster
	for name, gap := range map[string]*assessment.Gap{
		"list deployments.apps": in.Workloads.Missing(), "list persistentvolumes": in.Volumes.Missing(),
		"list persistentvolumeclaims": in.Claims.Missing(), "list services": in.Services.Missing(),
		"list storageclasses.storage.k8s.io": in.StorageClasses.Missing(), "list pods": in.PodCounts.Missing(),
		"list ingresses.networking.k8s.io": in.Ingresses.Missing(),
	} {
		if gap == nil || gap.Reason != assessment.Forbidden || gap.Needs != name {
			t.Errorf("gap %+v, expected forbidden with %s", gap, name)
		}
	}
	for _, check := range []string{
		"volumes_encrypted", "workload_volume_sources", "default_storage_class", "node_port_exposure", "ingress_tls",
		"tls_passthrough_declared",
	} {
		f, _ := judged.Finding(check)
		if f.Result != assessment.NotEvaluated || f.NotEvaluated[0].Reason != assessment.Forbidden {
			t.Errorf("%s: %s %+v", check, f.Result, f.NotEvaluated)
		}
	}
}

// TestTooManySinglePods reads only the first pods without a workload.
func TestTooManySinglePods(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	for i := range 101 {
		pod := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{"name": fmt.Sprintf("pod-%d", i), "namespace": "default"},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "x", "image": "example.org/x:1"}}},
		}}
		e.create(t, "", pod)
	}
	facts, judged := e.assess(t, sandbox.SecretKey, nil)
	gap := facts.InCluster.Workloads.Missing()
	if gap == nil || gap.Reason != assessment.TooMany || gap.Looked != 100 {
		t.Errorf("gap %+v", gap)
	}
	if counts := facts.InCluster.PodCounts; counts.Missing() != nil || counts.Items[0].Pods != 101 {
		t.Errorf("pod counts %+v", counts)
	}
	if f, _ := judged.Finding("workload_volume_sources"); f.Result != assessment.NotEvaluated {
		t.Errorf("result %s", f.Result)
	}
}
