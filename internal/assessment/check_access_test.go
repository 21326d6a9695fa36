package assessment

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// accessFacts returns facts of a cluster whose lists about access, admission and workloads are complete. They hold what
// every cluster has.
func accessFacts() Facts {
	f := newFacts()
	f.Cluster.Value.CNI = "cilium"
	in := &f.InCluster
	in.Namespaces = Read(
		"namespaces",
		[]Namespace{{Name: "kube-system"}, {Name: "shop", CreatedAt: ptr(now().AddDate(0, -1, 0))}},
	)
	in.PodCounts = Read("pods", []PodCount{{"kube-system", 9}, {"shop", 3}, {"idle", 0}})
	in.Roles = Read("roles", []Role{{Name: "cluster-admin", Rules: []RoleRule{everything()}}})
	in.Bindings = Read("bindings", []RoleBinding{
		{
			Name:     "cluster-admin",
			RoleKind: "ClusterRole",
			RoleName: "cluster-admin",
			Subjects: []RoleSubject{group("system:masters")},
		},
	})
	in.Workloads = Read("workloads", []Workload{})
	in.NetworkPolicies = Read("network policies", []NetworkPolicy{})
	in.Policies = Read("policies", []AdmissionPolicy{})
	in.Webhooks = Read("webhooks", []Webhook{})
	in.CRDs = Read("crds", []CustomResource{})
	in.IngressClasses = Read("ingress classes", []IngressClass{})
	in.Guardrails.Value = &Guardrails{
		Present:         true,
		IsCurrent:       true,
		Digest:          "sha256:1",
		SecretNamespace: "srm-system",
		CreatedAt:       ptr(now().AddDate(0, -1, 0)),
	}
	return f
}

func everything() RoleRule {
	return RoleRule{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}
}

func group(name string) RoleSubject { return RoleSubject{Kind: "Group", Name: name} }

func account(namespace, name string) RoleSubject {
	return RoleSubject{Kind: "ServiceAccount", Namespace: namespace, Name: name}
}

// rule returns a rule of the core API group.
func rule(verb, resource string, names ...string) RoleRule {
	return RoleRule{Verbs: []string{verb}, APIGroups: []string{""}, Resources: []string{resource}, ResourceNames: names}
}

// bind binds a subject to a new ClusterRole with a rule, in a namespace or in the cluster.
func bind(f *Facts, namespace string, s RoleSubject, r RoleRule) {
	in := &f.InCluster
	in.Roles.Items = append(in.Roles.Items, Role{Name: "custom", Rules: []RoleRule{r}})
	in.Bindings.Items = append(in.Bindings.Items, RoleBinding{
		Namespace: namespace, Name: "custom", RoleKind: "ClusterRole", RoleName: "custom", Subjects: []RoleSubject{s},
	})
}

// attest adds a valid attestation.
func attest(o *Options, kind string, fields map[string]any) {
	o.Attestations = append(o.Attestations, Attestation{
		ID: kind, Kind: kind, Scope: ScopeOrganization, Result: ResultSuccess, PerformedOn: now().AddDate(0, 0, -9),
		Until: now().AddDate(0, 1, 0), Fields: fields,
	})
}

// supplyChain adds an attestation supply_chain that names one add-on.
func supplyChain(o *Options, name, version string, namespaces ...any) {
	attest(o, "supply_chain", map[string]any{"add_ons": []any{map[string]any{
		"name": name, "version": version, "namespaces": namespaces, "decision": "accepted",
	}}})
}

// accessCase is a change of accessFacts and the expected finding of a check.
type accessCase struct {
	name     string
	change   func(*Facts, *Options)
	want     Result
	severity Severity
	subject  string // One of the subjects, if not empty.
}

func runAccessCases(t *testing.T, check string, cases []accessCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			facts, o := accessFacts(), options()
			if c.change != nil {
				c.change(&facts, &o)
			}
			f := judged(t, check, facts, o)
			if f.Result != c.want {
				t.Fatalf("%s, expected %s: %+v", f.Result, c.want, f)
			}
			if c.severity != "" && f.Severity != c.severity {
				t.Errorf("severity %s, expected %s", f.Severity, c.severity)
			}
			if c.subject != "" && !slices.Contains(f.Subjects, c.subject) {
				t.Errorf("subjects %q, expected %s", f.Subjects, c.subject)
			}
			for _, text := range []Text{f.Title, f.Expected, f.Found, f.Remedy} {
				if text.EN == "" || text.FR == "" {
					t.Errorf("a text is missing: %+v", f)
				}
			}
			// The list of accepted objects repeats the input of the user.
			f.Accepted = nil
			if raw, err := json.Marshal(f); err != nil || strings.Contains(string(raw), "@hospital") {
				t.Errorf("the finding names a person: %s (%v)", raw, err)
			}
		})
	}
}

func forbiddenReason(needs string) Gap { return Gap{Reason: Forbidden, Needs: needs} }

func TestBroadBindings(t *testing.T) {
	t.Parallel()
	const custom = "ClusterRoleBinding/custom"
	person := RoleSubject{Kind: "User", Name: "doctor@hospital.example"}
	runAccessCases(t, "rbac_broad_bindings", []accessCase{
		{"only Kubernetes", nil, Pass, "", ""},
		{"a person", func(f *Facts, _ *Options) { bind(f, "", person, everything()) }, Fail, High, custom},
		{"a group", func(f *Facts, _ *Options) { bind(f, "", group("ops"), everything()) }, Fail, High, custom},
		{"every user", func(f *Facts, _ *Options) {
			bind(f, "", group("system:authenticated"), rule("list", "secrets"))
		}, Fail, High, custom},
		{
			"anonymous",
			func(f *Facts, _ *Options) { bind(f, "", group("system:unauthenticated"), everything()) },
			Fail,
			High,
			"",
		},
		{"all service accounts", func(f *Facts, _ *Options) {
			bind(f, "", group("system:serviceaccounts"), everything())
		}, Fail, High, ""},
		{"service accounts of a namespace", func(f *Facts, _ *Options) {
			bind(f, "", group("system:serviceaccounts:shop"), everything())
		}, Fail, High, ""},
		{"default service account", func(f *Facts, _ *Options) {
			bind(f, "", account("shop", "default"), everything())
		}, Fail, High, custom},
		{
			"secrets of all namespaces",
			func(f *Facts, _ *Options) { bind(f, "", person, rule("get", "secrets")) },
			Fail,
			High,
			"",
		},
		{"one secret", func(f *Facts, _ *Options) { bind(f, "", person, rule("get", "secrets", "web")) }, Pass, "", ""},
		{
			"pods of all namespaces",
			func(f *Facts, _ *Options) { bind(f, "", person, rule("get", "pods")) },
			Pass,
			"",
			"",
		},
		{"create secrets", func(f *Facts, _ *Options) { bind(f, "", person, rule("create", "secrets")) }, Pass, "", ""},
		{"extend roles", func(f *Facts, _ *Options) {
			bind(f, "", person, RoleRule{
				Verbs: []string{
					"escalate",
				},
				APIGroups: []string{"rbac.authorization.k8s.io"},
				Resources: []string{"clusterroles"},
			})
		}, Fail, High, ""},
		{
			"administrator of a namespace",
			func(f *Facts, _ *Options) { bind(f, "shop", person, everything()) },
			Pass,
			"",
			"",
		},
		{"administrator of kube-system", func(f *Facts, _ *Options) {
			bind(f, "kube-system", person, everything())
		}, Fail, High, "RoleBinding/kube-system/custom"},
		{"accepted", func(f *Facts, o *Options) {
			bind(f, "", person, everything())
			o.Inputs.ExpectedClusterAdmins = map[string]Acceptance{"User:doctor@hospital.example": {Reason: "on call"}}
		}, Pass, "", ""},
		{
			"permission set",
			func(f *Facts, _ *Options) { bind(f, "", group("scaleway:cluster-write"), everything()) },
			Pass,
			"",
			"",
		},
		{"widened read permission set", func(f *Facts, _ *Options) {
			bind(f, "", group("scaleway:cluster-read"), rule("list", "secrets"))
		}, Fail, High, ""},
		{
			"controller",
			func(f *Facts, _ *Options) { bind(f, "", account("velero", "velero"), everything()) },
			NeedsDecision,
			"",
			custom,
		},
		{"controller named", func(f *Facts, o *Options) {
			bind(f, "", account("velero", "velero"), everything())
			supplyChain(o, "velero", "1")
		}, Pass, "", ""},
		{"controller of a named namespace", func(f *Facts, o *Options) {
			bind(f, "", account("backup", "server"), everything())
			supplyChain(o, "velero", "1", "backup")
		}, Pass, "", ""},
		{"controller in kube-system, which is named", func(f *Facts, o *Options) {
			bind(f, "", account("kube-system", "tool"), everything())
			supplyChain(o, "hubble", "1", "kube-system")
		}, NeedsDecision, "", ""},
		{"named, expired", func(f *Facts, o *Options) {
			bind(f, "", account("velero", "velero"), everything())
			supplyChain(o, "velero", "1")
			o.Attestations[0].Until = now().AddDate(0, 0, -2)
		}, NeedsDecision, "", ""},
		{"named, of another cluster", func(f *Facts, o *Options) {
			bind(f, "", account("velero", "velero"), everything())
			supplyChain(o, "velero", "1")
			o.Attestations[0].Scope = "fr-par/99999999-1111-4111-8111-111111111111"
		}, NeedsDecision, "", ""},
		{"component of Scaleway", func(f *Facts, _ *Options) {
			s := account("kube-system", "cilium")
			s.FromScaleway = true
			bind(f, "", s, rule("list", "secrets"))
		}, Pass, "", ""},
		{"controller of Kubernetes", func(f *Facts, _ *Options) {
			name := "system:controller:generic-garbage-collector"
			f.InCluster.Roles.Items = append(f.InCluster.Roles.Items, Role{Name: name, Rules: []RoleRule{everything()}})
			f.InCluster.Bindings.Items = append(f.InCluster.Bindings.Items, RoleBinding{
				Name: name, RoleKind: "ClusterRole", RoleName: name,
				Subjects: []RoleSubject{account("kube-system", "generic-garbage-collector")},
			})
		}, Pass, "", ""},
		{"name of a controller, other role", func(f *Facts, _ *Options) {
			f.InCluster.Bindings.Items = append(f.InCluster.Bindings.Items, RoleBinding{
				Name: "system:mine", RoleKind: "ClusterRole", RoleName: "cluster-admin",
				Subjects: []RoleSubject{account("kube-system", "default")},
			})
		}, Fail, High, "ClusterRoleBinding/system:mine"},
		{"bindings forbidden", func(f *Facts, _ *Options) {
			f.InCluster.Bindings = Unread[RoleBinding]("bindings", forbiddenReason("list clusterrolebindings"))
		}, NotEvaluated, "", ""},
		{"roles forbidden", func(f *Facts, _ *Options) {
			f.InCluster.Roles = Unread[Role]("roles", forbiddenReason("list clusterroles"))
		}, NotEvaluated, "", ""},
		{"roles forbidden, cluster-admin is known", func(f *Facts, _ *Options) {
			f.InCluster.Roles = Unread[Role]("roles", forbiddenReason("list clusterroles"))
			f.InCluster.Bindings.Items[0].Subjects = append(f.InCluster.Bindings.Items[0].Subjects, person)
		}, Fail, High, "ClusterRoleBinding/cluster-admin"},
		{
			"roles without cluster-admin",
			func(f *Facts, _ *Options) { f.InCluster.Roles.Items = nil },
			NotEvaluated,
			"",
			"",
		},
	})
}

func TestSecretReaders(t *testing.T) {
	t.Parallel()
	person := RoleSubject{Kind: "User", Name: "doctor@hospital.example"}
	const inNamespace = "RoleBinding/srm-system/custom"
	runAccessCases(t, "rbac_secret_readers", []accessCase{
		{"only Kubernetes", nil, Pass, "", ""},
		{"a person reads Secrets", func(f *Facts, _ *Options) {
			bind(f, "srm-system", person, rule("get", "secrets"))
		}, Fail, High, inNamespace},
		{"a person reads Secrets elsewhere", func(f *Facts, _ *Options) {
			bind(f, "shop", person, rule("get", "secrets"))
		}, Pass, "", ""},
		{"a person reads one passphrase", func(f *Facts, _ *Options) {
			bind(f, "srm-system", person, rule("get", "secrets", "srm-passphrase-v1"))
		}, Fail, High, inNamespace},
		{"a person reads another Secret", func(f *Facts, _ *Options) {
			bind(f, "srm-system", person, rule("get", "secrets", "other"))
		}, Pass, "", ""},
		{"a person creates pods", func(f *Facts, _ *Options) {
			bind(f, "srm-system", person, rule("create", "pods"))
		}, Fail, High, inNamespace},
		{"a person changes pods", func(f *Facts, _ *Options) {
			bind(f, "srm-system", person, rule("patch", "pods"))
		}, Pass, "", ""},
		{"a person changes Deployments of all namespaces", func(f *Facts, _ *Options) {
			bind(
				f,
				"",
				person,
				RoleRule{Verbs: []string{"patch"}, APIGroups: []string{"apps"}, Resources: []string{"deployments"}},
			)
		}, Fail, High, "ClusterRoleBinding/custom"},
		{"default service account", func(f *Facts, _ *Options) {
			bind(f, "", account("shop", "default"), rule("list", "secrets"))
		}, Fail, High, ""},
		{"controller", func(f *Facts, _ *Options) {
			bind(f, "", account("cert-manager", "cert-manager"), rule("list", "secrets"))
		}, Pass, "", ""},
		{"expected", func(f *Facts, o *Options) {
			bind(f, "srm-system", group("ops"), rule("get", "secrets"))
			o.Inputs.ExpectedClusterAdmins = map[string]Acceptance{"Group:ops": {Reason: "on call"}}
		}, Pass, "", ""},
		{"no passphrases", func(f *Facts, _ *Options) {
			f.InCluster.Guardrails.Value = &Guardrails{}
			bind(f, "", person, rule("get", "secrets"))
		}, NotApplicable, "", ""},
		{"guardrails unread", func(f *Facts, _ *Options) {
			f.InCluster.Guardrails = Fact[Guardrails]{Gap: ptr(forbiddenReason("list validatingadmissionpolicies"))}
		}, NotEvaluated, "", ""},
		{"bindings forbidden", func(f *Facts, _ *Options) {
			f.InCluster.Bindings.Gap = ptr(forbiddenReason("list rolebindings"))
		}, NotEvaluated, "", ""},
	})
}
