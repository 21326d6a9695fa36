package provider_test

import (
	"strings"
	"testing"
)

// guardrailsNameCases returns test cases with names of identities, namespaces, classes and drivers.
func guardrailsNameCases() []validationCase {
	identity := func(attribute, name string) object { return object{"kube_system": object{attribute: []string{name}}} }
	const all, nothing = "The identity covers all users or all service accounts", "is not a Kubernetes identity"
	found := []validationCase{
		{"user", identity("users", "oidc:admin@example.org"), nil},
		{"account", identity("users", "system:serviceaccount:tools:deployer"), nil},
		{"account without a name", identity("users", "system:serviceaccount:tools"), []string{"users", nothing}},
		{
			"account of a malformed namespace", identity(
				"users", "system:serviceaccount:Tools:deployer",
			), []string{"users", nothing},
		},
		{"group among users", identity("users", "system:serviceaccounts:tools"), []string{"users", nothing, "groups"}},
		{"group of users among users", identity("users", "system:authenticated"), []string{"users", all}},
		{"anonymous", identity("users", "system:anonymous"), []string{"users", all}},
		{"every user", identity("users", "*"), []string{"users", nothing}},
		{"user among the defaults", identity("users", "system:kube-scheduler"),
			[]string{"WARNING", "users", "system:kube-scheduler", "No action needed"}},
		{"group", identity("groups", "oidc:operators"), nil},
		{"group of a namespace", identity("groups", "system:serviceaccounts:tools"), nil},
		{
			"account among groups", identity(
				"groups", "system:serviceaccount:tools:deployer",
			), []string{"groups", nothing, "users"},
		},
		{"group of a malformed namespace", identity("groups", "system:serviceaccounts:"), []string{"groups", nothing}},
		{"every group", identity("groups", "*"), []string{"groups", nothing}},
		{"administrators", identity("groups", "system:masters"),
			[]string{"WARNING", "groups", "system:masters", "No action needed"}},
	}
	for _, group := range []string{"system:authenticated", "system:unauthenticated", "system:serviceaccounts"} {
		found = append(found, validationCase{group, identity("groups", group), []string{"ERROR", "groups", all, group}})
	}
	exempt := func(rule, namespace string) object {
		return object{rule: object{"exemptions": []object{
			{"namespace": namespace, "reason": "migration", "approver": "CISO", "until": "2026-12-31"}}}}
	}
	found = append(found,
		validationCase{"the only namespace of the policy", exempt("kube_system", "kube-system"),
			[]string{"kube_system", "The policy on kube-system has no exemptions", "action"}},
		validationCase{"a namespace outside the policy", exempt("kube_system", "legacy"),
			[]string{"kube_system", "The policy on kube-system has no exemptions", "legacy"}},
		validationCase{"a namespace that the policy excludes", exempt("node_disk", "kube-system"),
			[]string{"node_disk", "The exemption has no effect", "kube-system"}},
		validationCase{"kube-system of another policy", exempt("node_ports", "kube-system"), nil},
	)
	drivers := func(names ...string) object { return object{"inline_csi_drivers": names} }
	for _, name := range []string{
		"a b", "csi_driver", "csi.example.com/", "-csi", "*", strings.Repeat("a", 64), "csi..example.com",
	} {
		found = append(
			found,
			validationCase{"driver " + name, drivers(name), []string{"inline_csi_drivers", "not the name of a CSI " +
				"driver"}},
		)
	}
	found = append(found, validationCase{
		"drivers", drivers("secrets-store.csi.k8s.io", "csi.example.com", "CSI.example.org"), nil,
	},
		validationCase{
			"Scaleway's driver", drivers("csi.scaleway.com"), []string{
				"inline_csi_drivers", "The CSI driver stores data", "claim",
			},
		})
	for _, name := range []string{
		"nfs.csi.k8s.io", "smb.csi.k8s.io", "rook-ceph.rbd.csi.ceph.com", "cephfs.csi.ceph.com", "driver.longhorn.io",
		"hostpath.csi.k8s.io", "local.csi.openebs.io", "ru.yandex.s3.csi", "s3.csi.aws.com", "NFS.csi.k8s.io",
	} {
		found = append(
			found,
			validationCase{name, drivers(name), []string{"inline_csi_drivers", "The CSI driver stores data", name}},
		)
	}
	for _, name := range []string{"*", "Nginx", "NGINX", "a b", "nginx/", "-nginx", strings.Repeat("a", 254)} {
		found = append(found, validationCase{"class " + name, object{"default_certificate_classes": []string{name}},
			[]string{"default_certificate_classes", "not the name of an IngressClass"}})
	}
	return append(
		found,
		validationCase{
			"a class of a subdomain", object{"default_certificate_classes": []string{"nginx.example.org"}}, nil,
		},
	)
}

func TestGuardrailsValues(t *testing.T) {
	t.Parallel()
	exempt := func(changes object) object {
		exemption := object{"namespace": "legacy", "reason": "migration", "approver": "CISO", "until": "2026-12-31"}
		for name, value := range changes {
			exemption[name] = value
		}
		return object{"ingress": object{"exemptions": []object{exemption}}}
	}
	validate(t, []string{"srm_hds_guardrails"}, []validationCase{
		{"exemption", exempt(nil), nil},
		{"date in another format", exempt(object{"until": "31/12/2026"}), []string{"not a date", "YYYY-MM-DD"}},
		{"date that does not exist", exempt(object{"until": "2026-02-30"}), []string{"not a date"}},
		{"blank reason", exempt(object{"reason": " "}), []string{"reason", "is empty"}},
		{"blank approver", exempt(object{"approver": "\t"}), []string{"approver", "is empty"}},
		{"namespace", exempt(object{"namespace": "My Namespace"}), []string{"not a valid Kubernetes name"}},
		{"class", object{"default_certificate_classes": []string{"nginx", "traefik"}}, nil},
		{"blank class", object{"default_certificate_classes": []string{" "}}, []string{"default_certificate_classes"}},
		{"action of node ports", object{"node_ports": object{"action": "refuse"}}, []string{"node_ports", "deny"}},
		{
			"redirect", object{
				"http_redirect": []object{{"namespace": "web", "reason": "redirects", "approver": "CISO"}},
			}, nil,
		},
		{
			"redirect with a blank reason", object{
				"http_redirect": []object{{"namespace": "web", "reason": "\n", "approver": "CISO"}},
			}, []string{"reason", "is empty"},
		},
		{
			"redirect with a wildcard namespace", object{
				"http_redirect": []object{{"namespace": "*", "reason": "redirects", "approver": "CISO"}},
			}, []string{"not a valid Kubernetes name"},
		},
		{"blank user", object{"kube_system": object{"users": []string{" "}}}, []string{"users"}},
		{"zero timeout", object{"timeouts": object{"create": "0s"}}, []string{"The timeout is not positive"}},
		{"own namespace", object{
			"tls_passthrough": []object{{"namespace": "srm-system", "reason": "r", "approver": "CISO"}},
		},
			[]string{"tls_passthrough", "The guardrails' own namespace"}},
	})
	validate(t, []string{"srm_hds_guardrails"}, guardrailsNameCases())
	validate(t, []string{"srm_kosmos_external_node"}, []validationCase{
		{"zero timeout", object{"timeouts": object{"create": "0s"}}, []string{"The timeout is not positive"}},
		{
			"control characters", withNested(
				"srm_kosmos_external_node", "attestation", object{"owner": "operations\x07"},
			), []string{"control character"},
		},
	})
}
