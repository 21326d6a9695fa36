package assessment

import (
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// addOnFacts adds changes of add-ons, which were read, and a component of Scaleway.
func addOnFacts(f *Facts) *responsibility.InClusterChanges {
	f.InCluster.AddOns = Fact[responsibility.InClusterChanges]{Value: &responsibility.InClusterChanges{}}
	f.InCluster.Workloads.Items = append(f.InCluster.Workloads.Items, Workload{
		Kind: "Deployment", Namespace: "kube-system", Name: "coredns", FromScaleway: true, Images: []string{"coredns"},
	})
	return f.InCluster.AddOns.Value
}

func TestAddOnsEvaluated(t *testing.T) {
	t.Parallel()
	certManager := func(f *Facts) {
		addOnFacts(f)
		f.InCluster.CRDs.Items = []CustomResource{
			{Name: "certificates.cert-manager.io", Group: "cert-manager.io", Version: "v1.16.2"},
			{Name: "ciliumnodes.cilium.io", Group: "cilium.io"},
		}
	}
	agent := func(f *Facts) {
		addOnFacts(f)
		f.InCluster.Workloads.Items = append(f.InCluster.Workloads.Items, Workload{
			Kind: "DaemonSet", Namespace: "monitoring", Name: "agent", Privileged: true,
			Images: []string{"registry.example:5000/agent:2.4.1"},
		})
	}
	runAccessCases(t, "addons_evaluated", []accessCase{
		{"none", func(f *Facts, _ *Options) { addOnFacts(f) }, NotApplicable, "", ""},
		{"only Scaleway's groups", func(f *Facts, _ *Options) {
			addOnFacts(f)
			f.InCluster.CRDs.Items = []CustomResource{{Name: "ciliumnodes.cilium.io", Group: "cilium.io"}}
		}, NotApplicable, "", ""},
		{
			"without an attestation",
			func(f *Facts, _ *Options) { certManager(f) },
			NotEvaluated,
			"",
			"APIGroup/cert-manager.io",
		},
		{"named", func(f *Facts, o *Options) {
			certManager(f)
			supplyChain(o, "cert-manager", "1")
		}, Pass, "", ""},
		{"named with a full version", func(f *Facts, o *Options) {
			certManager(f)
			supplyChain(o, "Cert-Manager", "v1.15.0")
		}, Pass, "", ""},
		{"another name", func(f *Facts, o *Options) {
			certManager(f)
			supplyChain(o, "velero", "1")
		}, Fail, Medium, "APIGroup/cert-manager.io"},
		{"another major version", func(f *Facts, o *Options) {
			certManager(f)
			supplyChain(o, "cert-manager", "2")
		}, Fail, Medium, "APIGroup/cert-manager.io"},
		{"without a version", func(f *Facts, o *Options) {
			certManager(f)
			supplyChain(o, "cert-manager", "")
		}, Fail, Medium, ""},
		{"rejected", func(f *Facts, o *Options) {
			certManager(f)
			supplyChain(o, "cert-manager", "1")
			fieldObjects(o.Attestations[0].Fields, "add_ons")[0]["decision"] = "rejected"
		}, Fail, Medium, ""},
		{"usual name of the add-on", func(f *Facts, o *Options) {
			addOnFacts(f)
			f.InCluster.CRDs.Items = []CustomResource{
				{Name: "alertmanagers.monitoring.coreos.com", Group: "monitoring.coreos.com"},
			}
			supplyChain(o, "prometheus-operator", "0")
		}, Pass, "", ""},
		{"webhook of another service", func(f *Facts, o *Options) {
			certManager(f)
			f.InCluster.Webhooks.Items = []Webhook{
				{
					Kind:          "MutatingWebhookConfiguration",
					Configuration: "injector",
					Service:       "mesh/injector",
					FailurePolicy: "Fail",
				},
			}
			supplyChain(o, "cert-manager", "1")
		}, Fail, Medium, "MutatingWebhookConfiguration/injector"},
		{"webhook in a named namespace", func(f *Facts, o *Options) {
			addOnFacts(f)
			f.InCluster.Webhooks.Items = []Webhook{{
				Kind: "MutatingWebhookConfiguration", Configuration: "injector", Service: "mesh/injector",
			}}
			supplyChain(o, "linkerd", "2", "mesh")
		}, Pass, "", ""},
		{"privileged DaemonSet", func(f *Facts, o *Options) {
			agent(f)
			supplyChain(o, "velero", "1")
		}, Fail, Medium, "DaemonSet/monitoring/agent"},
		{"privileged DaemonSet, named", func(f *Facts, o *Options) {
			agent(f)
			supplyChain(o, "agent", "2")
		}, Pass, "", ""},
		{"privileged DaemonSet, new major version", func(f *Facts, o *Options) {
			agent(f)
			supplyChain(o, "agent", "1")
		}, Fail, Medium, "DaemonSet/monitoring/agent"},
		{"DaemonSet without privileges", func(f *Facts, o *Options) {
			agent(f)
			f.InCluster.Workloads.Items[1].Privileged = false
			supplyChain(o, "velero", "1")
		}, NotApplicable, "", ""},
		{"workload that changes nodes", func(f *Facts, o *Options) {
			addOnFacts(f).NodeChanges = []responsibility.NodeChange{
				{Object: "deployments/tools/tuner", Reason: "mounts /etc/cni"},
			}
			supplyChain(o, "velero", "1")
		}, Fail, Medium, "Deployment/tools/tuner"},
		{"workload in kube-system", func(f *Facts, o *Options) {
			addOnFacts(f)
			f.InCluster.Workloads.Items = append(f.InCluster.Workloads.Items, Workload{
				Kind: "Deployment", Namespace: "kube-system", Name: "hubble-relay",
			})
			supplyChain(o, "velero", "1", "kube-system")
		}, Fail, Medium, "Deployment/kube-system/hubble-relay"},
		{"CRDs unread", func(f *Facts, _ *Options) {
			addOnFacts(f)
			f.InCluster.CRDs = Unread[CustomResource]("crds", forbiddenReason("list customresourcedefinitions"))
		}, NotEvaluated, "", ""},
		{"workloads unread", func(f *Facts, o *Options) {
			certManager(f)
			f.InCluster.Workloads.Gap = ptr(forbiddenReason("list deployments"))
			supplyChain(o, "cert-manager", "1")
		}, NotEvaluated, "", ""},
	})
}

func TestKubeSystemUnmodified(t *testing.T) {
	t.Parallel()
	runAccessCases(t, "kube_system_unmodified", []accessCase{
		{"unmodified", func(f *Facts, _ *Options) { addOnFacts(f) }, Pass, "", "Deployment/kube-system/coredns"},
		{"altered", func(f *Facts, _ *Options) {
			addOnFacts(f).Altered = []responsibility.AlteredAddOn{{
				Component: "CoreDNS", Object: "configmaps/coredns", By: "kubectl-edit", At: "2026-10-01T08:00:00Z",
				Fields: []string{"data.Corefile"},
			}}
		}, Fail, Medium, "ConfigMap/kube-system/coredns"},
		{"managedFields cleared", func(f *Facts, _ *Options) {
			addOnFacts(f).Untraced = []string{"deployments/coredns"}
		}, NotEvaluated, "", "Deployment/kube-system/coredns"},
		{"unknown managers", func(f *Facts, _ *Options) {
			addOnFacts(f).UnknownManagers = []string{"kapsule", "reconciler"}
		}, NeedsDecision, "", "FieldManager/reconciler"},
		{"one manager accepted", func(f *Facts, o *Options) {
			addOnFacts(f).UnknownManagers = []string{"kapsule", "reconciler"}
			o.Inputs.ExpectedFieldManagers = map[string]Acceptance{"kapsule": {Reason: "Scaleway's support said so"}}
		}, NeedsDecision, "", "FieldManager/reconciler"},
		{"all managers accepted", func(f *Facts, o *Options) {
			addOnFacts(f).UnknownManagers = []string{"kapsule"}
			o.Inputs.ExpectedFieldManagers = map[string]Acceptance{"kapsule": {Reason: "Scaleway's support said so"}}
		}, Pass, "", "FieldManager/kapsule"},
		{"unread", nil, NotEvaluated, "", ""},
		{"no component was found", func(f *Facts, _ *Options) {
			addOnFacts(f)
			f.InCluster.Workloads.Items = nil
		}, NotApplicable, "", ""},
		{"workloads unread", func(f *Facts, _ *Options) {
			addOnFacts(f)
			f.InCluster.Workloads.Gap = ptr(forbiddenReason("list deployments"))
		}, NotEvaluated, "", ""},
	})
}

// withImage adds a workload of the customer with an image.
func withImage(reference string) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		f.InCluster.Workloads.Items = append(f.InCluster.Workloads.Items, Workload{
			Kind: "Deployment", Namespace: "shop", Name: "web", Images: []string{reference},
		})
	}
}

func TestImageIndicators(t *testing.T) {
	t.Parallel()
	const web = "Deployment/shop/web"
	digest := "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	approved := func(reference string, registries ...string) func(*Facts, *Options) {
		return func(f *Facts, o *Options) {
			withImage(reference)(f, o)
			o.Inputs.ApprovedRegistries = registries
		}
	}
	runAccessCases(t, "image_references", []accessCase{
		{"tag", withImage("nginx:1.29"), NotApplicable, "", ""},
		{"digest", withImage("nginx" + digest), NotApplicable, "", ""},
		{"tag latest with digest", withImage("nginx:latest" + digest), NotApplicable, "", ""},
		{"latest", withImage("nginx:latest"), Fail, Low, web},
		{"no tag", withImage("nginx"), Fail, Low, web},
		{"no tag, port of the registry", withImage("registry.example:5000/nginx"), Fail, Low, web},
		{"another registry", approved("nginx"+digest, "rg.fr-par.scw.cloud/shop"), Fail, Medium, web},
		{
			"another namespace",
			approved("rg.fr-par.scw.cloud/shopping/web"+digest, "rg.fr-par.scw.cloud/shop"),
			Fail,
			Medium,
			web,
		},
		{
			"approved",
			approved("rg.fr-par.scw.cloud/shop/web"+digest, "rg.fr-par.scw.cloud/shop/"),
			NotApplicable,
			"",
			"",
		},
		{"approved by its full name", approved("nginx:1.29", "docker.io/library"), NotApplicable, "", ""},
		{"of Scaleway", func(f *Facts, _ *Options) { addOnFacts(f) }, NotApplicable, "", ""},
		{"unread", func(f *Facts, _ *Options) { f.InCluster.Workloads = Collection[Workload]{} }, NotEvaluated, "", ""},
	})
	review := func(reference, host string) func(*Facts, *Options) {
		return func(f *Facts, o *Options) {
			withImage(reference)(f, o)
			attest(o, "egress_review", map[string]any{"destinations": []any{map[string]any{"host": host}}})
		}
	}
	runAccessCases(t, "saas_agents", []accessCase{
		{"other image", withImage("registry.example/newrelics-of-the-shop/web:1"), NotApplicable, "", ""},
		{"Datadog", withImage("gcr.io/datadoghq/agent:7"), Fail, Low, web},
		{"Datadog of its registry", withImage("public.ecr.aws/datadog/agent:7"), Fail, Low, web},
		{"New Relic", withImage("newrelic/infrastructure-k8s:3"), Fail, Low, web},
		{"Dynatrace", withImage("public.ecr.aws/dynatrace/dynatrace-operator:v1"), Fail, Low, web},
		{"Sentry", withImage("getsentry/relay:25"), Fail, Low, web},
		{"Instana", withImage("icr.io/instana/agent:1"), Fail, Low, web},
		{"named", review("gcr.io/datadoghq/agent:7", "intake.datadoghq.eu"), NotApplicable, "", ""},
		{"another is named", review("newrelic/infrastructure-k8s:3", "intake.datadoghq.eu"), Fail, Low, web},
		{"unread", func(f *Facts, _ *Options) { f.InCluster.Workloads = Collection[Workload]{} }, NotEvaluated, "", ""},
	})
	class := func(controller string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.InCluster.IngressClasses.Items = []IngressClass{{Name: "public", Controller: controller}}
		}
	}
	runAccessCases(t, "unmaintained_ingress", []accessCase{
		{"none", nil, NotApplicable, "", ""},
		{"Traefik", class("traefik.io/ingress-controller"), NotApplicable, "", ""},
		{"of F5", class("nginx.org/ingress-controller"), NotApplicable, "", ""},
		{"class", class("k8s.io/ingress-nginx"), Fail, Low, "IngressClass/public"},
		{"image", withImage("registry.k8s.io/ingress-nginx/controller:v1.14.0"), Fail, Low, web},
		{
			"unread",
			func(f *Facts, _ *Options) { f.InCluster.IngressClasses = Collection[IngressClass]{} },
			NotEvaluated,
			"",
			"",
		},
	})
}

func TestMajorVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"v1.16.2": "1", "1": "1", "0.9": "0", "v10": "10", "2-alpine": "2", "latest": "", "": "", "1a": "",
		"7.0-rc1": "7",
	} {
		if got := majorVersion(version); got != want {
			t.Errorf("majorVersion(%q) = %q, expected %q", version, got, want)
		}
	}
}
