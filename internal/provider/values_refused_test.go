package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

func clusterKinds() []string { return []string{"srm_hds_cluster", "srm_kosmos_cluster"} }

func poolKinds() []string { return []string{"srm_hds_pool", "srm_kosmos_pool"} }

func TestNamesAndTexts(t *testing.T) {
	t.Parallel()
	names := func(what string) []validationCase {
		return []validationCase{
			{"empty name", object{"name": ""}, []string{"The " + what + " has no name"}},
			{"blank name", object{"name": "  "}, []string{"The " + what + " has no name"}},
			{"newline in name", object{"name": "a\nb"}, []string{"The name of the " + what + " has non-printable " +
				"characters", `"a\nb"`, "Fix:"}},
			{"newline after name", object{"name": "records\n"}, []string{"non-printable", "trimspace"}},
			{"tab in name", object{"name": "a\tb"}, []string{"non-printable"}},
			{"zero width in name", object{"name": "rec\u200bords"}, []string{"non-printable", `"rec\u200bords"`}},
			{"non-breaking space in name", object{"name": "a\u00a0b"}, []string{"non-printable"}},
			{
				"space before name", object{"name": " records"}, []string{
					"The name of the " + what + " has leading or trailing spaces", `Fix: Write "records".`,
				},
			},
			{"space after name", object{"name": "records "}, []string{"has leading or trailing spaces", `Fix: Write ` +
				`"records".`}},
			{"accents", object{"name": "dossiers-médicaux_2.A"}, nil},
		}
	}
	validate(t, clusterKinds(), append(names("cluster"), []validationCase{
		{"long name", object{"name": strings.Repeat("x", 101)}, []string{"name", "100"}},
		{"description", object{"description": "two\nlines\tand\r\na tab"}, nil},
		{
			"control character", object{"description": "bell\a"}, []string{
				"description", "control character", `"bell\a"`,
			},
		},
		{
			"description of a range", object{
				"allowed_ip_ranges": []object{{"cidr": "192.0.2.0/24", "description": "x\x00y"}},
			}, []string{"control character"},
		},
		{"empty tag", object{"tags": []string{"a", ""}}, []string{"A tag is empty", "Fix:"}},
		{"blank tag", object{"tags": []string{" "}}, []string{"A tag is empty"}},
		{"tag with newline", object{"tags": []string{"a\nb"}}, []string{"A tag has non-printable characters"}},
		{"tag with leading or trailing spaces", object{"tags": []string{" a"}}, []string{"A tag has leading or " +
			"trailing spaces"}},
		{"tags", object{"tags": []string{"terraform-test", "scaleway_k8s_cluster", "team=records", "two words"}}, nil},
	}...))
	validate(t, poolKinds(), append(names("pool"), []validationCase{
		{"empty tag", object{"tags": []string{""}}, []string{"A tag is empty"}},
		{"tag with newline", object{"tags": []string{"a\nb"}}, []string{"A tag has non-printable characters"}},
		{"tags", object{"tags": []string{"terraform-test", "scaleway_k8s_cluster", "team=records",
			"noprefix=example.org/team=records",
			"taint=dedicated=gpu:NoSchedule", "taint=noprefix=dedicated=gpu:NoExecute",
			"node.kubernetes.io/exclude-from-external-load-balancers", "two words"}}, nil},
		{"tag with an invalid label key", object{"tags": []string{"te am=records"}}, []string{"WARNING", "The tag " +
			"does not become a label", `"te am=records"`}},
		{"tag with an invalid label value", object{
			"tags": []string{"team=records & more"},
		}, []string{"WARNING", "The tag does not become a label"}},
		{"two tags with the same label", object{"tags": []string{"team=a", "team=b"}}, []string{"WARNING", "Two tags " +
			"become the same label", "k8s.scaleway.com/team"}},
		{"taint without effect", object{"tags": []string{"taint=dedicated=gpu"}}, []string{"WARNING", "The tag does " +
			"not become a taint", "NoExecute"}},
		{"taint with an unknown effect", object{
			"tags": []string{"taint=dedicated=gpu:Never"},
		}, []string{"WARNING", "The tag does not become a taint"}},
	}...))
	validate(
		t,
		[]string{"srm_kosmos_external_node"},
		append(names("machine"), validationCase{"words", object{"name": "rack 4, edge"}, nil}),
	)
}

func TestLabelsAndTaints(t *testing.T) {
	t.Parallel()
	cases := []validationCase{
		{
			"valid labels", object{
				"labels": map[string]string{"team": "records", "example.org/tier": "", "A_b.c-9": "X_y.z-0"},
			}, nil,
		},
		{"empty key", object{"labels": map[string]string{"": "x"}}, []string{"Kubernetes does not accept the key of " +
			"the label"}},
		{"key with space", object{"labels": map[string]string{"my team": "x"}}, []string{"Kubernetes does not accept " +
			"the key of the label", `"my team"`, "Allowed:", "Fix:"}},
		{"key with two slashes", object{"labels": map[string]string{"a/b/c": "x"}}, []string{"the key of the label"}},
		{"prefix in capitals", object{"labels": map[string]string{"Example.org/x": "x"}}, []string{"the key of the " +
			"label"}},
		{"long key", object{"labels": map[string]string{strings.Repeat("k", 64): "x"}}, []string{"the key of the " +
			"label", "63"}},
		{"value with space", object{
			"labels": map[string]string{"team": "medical records"},
		}, []string{
			"Kubernetes does not accept the value of the label", `"medical records"`, `ElementKeyString("team")`,
		}},
		{"value with slash", object{"labels": map[string]string{"team": "a/b"}}, []string{"the value of the label"}},
		{"value that ends in a dash", object{"labels": map[string]string{"team": "a-"}}, []string{"the value of the " +
			"label"}},
		{"long value", object{"labels": map[string]string{"team": strings.Repeat("v", 64)}}, []string{"the value of " +
			"the label", "63"}},
		{
			"reserved", object{
				"labels": map[string]string{"kubernetes.io/hostname": "x"},
			}, []string{"WARNING", "reserved", "kubernetes.io/hostname"},
		},
		{
			"reserved subdomain", object{
				"labels": map[string]string{"foo.k8s.io/bar": "x"},
			}, []string{"WARNING", "reserved"},
		},
		{
			"Scaleway's", object{
				"labels": map[string]string{"k8s.scaleway.com/pool-name": "x"},
			}, []string{"WARNING", "reserved"},
		},
		{
			"reserved prefix with keys for users", object{
				"labels": map[string]string{
					"node.kubernetes.io/exclude-from-external-load-balancers": "true", "kubelet.kubernetes.io/x": "y",
				},
			}, nil,
		},
	}
	for _, attribute := range []string{"taints", "startup_taints"} {
		taint := func(key, value, effect string) object { return object{"key": key, "value": value, "effect": effect} }
		cases = append(cases, []validationCase{
			{
				attribute, object{
					attribute: []object{
						taint("a", "", "NoSchedule"), taint("a", "x", "NoExecute"), taint(
							"example.org/b", "x", "PreferNoSchedule",
						),
					},
				}, nil,
			},
			{attribute + " key", object{
				attribute: []object{taint("my key", "x", "NoSchedule")},
			}, []string{"Kubernetes does not accept the key of the taint", `"my key"`}},
			{attribute + " empty key", object{attribute: []object{taint("", "x", "NoSchedule")}}, []string{"the key " +
				"of the taint"}},
			{attribute + " value", object{
				attribute: []object{taint("a", "my value", "NoSchedule")},
			}, []string{"Kubernetes does not accept the value of the taint", `"my value"`}},
			{
				attribute + " effect", object{
					attribute: []object{taint("a", "x", "noschedule")},
				}, []string{"effect", "NoSchedule"},
			},
			{attribute + " twice", object{
				attribute: []object{taint("a", "x", "NoSchedule"), taint("a", "y", "NoSchedule")},
			},
				[]string{"Two taints have the same key and effect", "a with the effect NoSchedule", attribute, "Fix:"}},
		}...)
	}
	cases = append(cases, validationCase{"in both", object{
		"taints":         []object{{"key": "a", "value": "x", "effect": "NoSchedule"}},
		"startup_taints": []object{{"key": "a", "value": "y", "effect": "NoSchedule"}},
	}, []string{"Two taints have the same key and effect", "taints and startup_taints"}})
	validate(t, poolKinds(), cases)
}

func TestPoolValues(t *testing.T) {
	t.Parallel()
	validate(t, poolKinds(), []validationCase{
		{"kubelet argument", object{"kubelet_args": map[string]string{"maxPods": "110"}}, nil},
		{
			"flag", object{"kubelet_args": map[string]string{"--max-pods": "110"}}, []string{
				"The name of a kubelet argument", "--max-pods", `Fix: Write "maxPods"`,
			},
		},
		{"dashes", object{"kubelet_args": map[string]string{"max-pods": "110"}}, []string{`Fix: Write "maxPods"`}},
		{"empty argument", object{"kubelet_args": map[string]string{"": "110"}}, []string{"The name of a kubelet " +
			"argument"}},
		{"user data", object{"user_data": map[string]string{"cloud-init": "#cloud-config\n"}}, nil},
		{"empty key of user data", object{"user_data": map[string]string{"": "x"}}, []string{"The key of user data"}},
		{"path as key", object{"user_data": map[string]string{"a/b": "x"}}, []string{"The key of user data", "a/b"}},
		{
			"space in key", object{
				"user_data": map[string]string{"cloud init": "x"},
			}, []string{"The key of user data", "cloud init"},
		},
		{
			"root volume too small", object{
				"root_volume": object{"type": "sbs_5k", "size_gb": int64(19)},
			}, []string{"20"},
		},
		{"negative size", object{"size": int64(-1)}, []string{"size"}},
		{
			"zero timeout", object{"timeouts": object{"create": "0s"}}, []string{
				"The timeout is not positive", "create", "Fix:",
			},
		},
		{
			"negative timeout", object{"timeouts": object{"update": "-5m"}}, []string{
				"The timeout is not positive", "update",
			},
		},
		{"timeout without unit", object{"timeouts": object{"delete": "30"}}, []string{"delete"}},
		{"timeout", object{"timeouts": object{"create": "90s", "update": "1h30m"}}, nil},
	})
	validate(t, []string{"srm_hds_pool"}, []validationCase{
		{
			"root volume too large", object{
				"root_volume": object{"type": "sbs_5k", "size_gb": int64(1) << 40},
			}, []string{"The root volume is too large"},
		},
		{
			"reason with control characters", object{
				"public_ip": object{"reason": "x\x1b[31m"},
			}, []string{"control character"},
		},
		{
			"attestation with an invalid date", object{
				"node_type": "POP2-4C-16G-WIN", "node_type_attestation": object{
					"reason": "x", "reviewed_on": "2026-13-01",
				},
			}, []string{"not a date"},
		},
	})
}

func TestClusterValues(t *testing.T) {
	t.Parallel()
	oidc := func(changes object) object {
		config := object{"issuer_url": "https://login.example.org/realms/x", "client_id": "kubernetes"}
		for name, value := range changes {
			config[name] = value
		}
		return object{"oidc": config}
	}
	validate(t, clusterKinds(), []validationCase{
		{"oidc", oidc(object{"username_claim": "email", "username_prefix": "oidc:", "groups_claim": []string{
			"groups", "https://example.org/roles",
		},
			"groups_prefix": "oidc:", "required_claim": []string{"hd=example.org", "tenant=a=b"}}), nil},
		{"claim without value", oidc(object{"required_claim": []string{"hd"}}), []string{"A required claim is not " +
			"key=value", `"hd"`, "Fix:"}},
		{"claim without key", oidc(object{"required_claim": []string{"=x"}}), []string{"A required claim is not " +
			"key=value"}},
		{"empty claim", oidc(object{"required_claim": []string{""}}), []string{"A required claim is not key=value"}},
		{"claim with an empty value", oidc(object{"required_claim": []string{"hd="}}), []string{"A required claim is " +
			"not key=value"}},
		{
			"claim twice", oidc(
				object{"required_claim": []string{"hd=a", "hd=b"}},
			), []string{"A claim is required twice", `"hd"`},
		},
		{"empty group claim", oidc(object{"groups_claim": []string{""}}), []string{"A claim has no name"}},
		{"blank group claim", oidc(object{"groups_claim": []string{" "}}), []string{"A claim has no name"}},
		{
			"group claim twice", oidc(
				object{"groups_claim": []string{"groups", "groups"}},
			), []string{"twice", `"groups"`},
		},
		{"blank user claim", oidc(object{"username_claim": " "}), []string{"A claim has no name"}},
		{"user claim with newline", oidc(object{"username_claim": "email\n"}), []string{"non-printable"}},
		{"blank client", oidc(object{"client_id": " "}), []string{"client_id"}},
		{"client with spaces", oidc(object{"client_id": "kubernetes "}), []string{"leading or trailing spaces"}},
		{"http", oidc(object{"issuer_url": "http://login.example.org"}), []string{"The API server does not accept " +
			"the URL of the issuer", "https"}},
		{
			"query", oidc(
				object{"issuer_url": "https://login.example.org?tenant=1"},
			), []string{"the URL of the issuer", "query"},
		},
		{
			"empty query", oidc(object{"issuer_url": "https://login.example.org/?"}), []string{"the URL of the " +
				"issuer", "query"},
		},
		{
			"fragment", oidc(
				object{"issuer_url": "https://login.example.org/#x"},
			), []string{"the URL of the issuer", "fragment"},
		},
		{
			"user", oidc(
				object{"issuer_url": "https://user:secret@login.example.org"},
			), []string{"the URL of the issuer", "user name"},
		},
		{
			"port", oidc(
				object{"issuer_url": "https://login.example.org:70000"},
			), []string{"the URL of the issuer", "port"},
		},
		{"no host", oidc(object{"issuer_url": "https:///x"}), []string{"the URL of the issuer", "host"}},
		{
			"discovery document", oidc(
				object{"issuer_url": "https://login.example.org/.well-known/openid-configuration"},
			), []string{"the URL of the issuer", ".well-known"},
		},
		{
			"username_prefix that disables the prefix", oidc(
				object{"username_prefix": "-"},
			), []string{"WARNING", "username_prefix", "system:"},
		},
		{"system users", oidc(object{"username_prefix": "system:"}), []string{"WARNING", "system:"}},
		{
			"system groups", oidc(
				object{"groups_claim": []string{"groups"}, "groups_prefix": "system:"},
			), []string{"WARNING", "system:"},
		},
		{
			"groups_prefix without groups_claim", oidc(
				object{"groups_prefix": "oidc:"},
			), []string{"WARNING", "groups_claim"},
		},
		{
			"names", object{
				"apiserver_cert_sans": []string{
					"api.example.org", "*.example.org", "192.0.2.7", "2001:db8::1", "API.Example.org",
				},
			}, nil,
		},
		{"URL", object{"apiserver_cert_sans": []string{"https://api.example.org"}}, []string{"neither a DNS name nor " +
			"an IP address", `Fix: Write "api.example.org".`}},
		{"port", object{"apiserver_cert_sans": []string{"api.example.org:6443"}}, []string{"neither a DNS name nor " +
			"an IP address", `Fix: Write "api.example.org".`}},
		{"range", object{"apiserver_cert_sans": []string{"192.0.2.0/24"}}, []string{"neither a DNS name nor an IP " +
			"address"}},
		{"blank", object{"apiserver_cert_sans": []string{""}}, []string{"neither a DNS name nor an IP address"}},
		{"invalid address", object{"apiserver_cert_sans": []string{"192.0.2.300"}}, []string{"neither a DNS name nor " +
			"an IP address"}},
		{"blank gate", object{"feature_gates": []string{" "}}, []string{"feature_gates"}},
		{
			"gate with value", object{"feature_gates": []string{"HPAScaleToZero=true"}}, []string{
				"HPAScaleToZero=true", `Fix: Write "HPAScaleToZero"`,
			},
		},
		{"plug-in with a space", object{
			"admission_plugins": []string{"Always PullImages"},
		}, []string{"admission_plugins",
			"Always PullImages"}},
		{
			"threshold above 1", object{
				"autoscaler": object{"scale_down_utilization_threshold": 50.0},
			}, []string{"scale_down_utilization_threshold", "1"},
		},
		{
			"negative threshold", object{
				"autoscaler": object{"scale_down_utilization_threshold": -0.1},
			}, []string{"scale_down_utilization_threshold"},
		},
		{"threshold", object{"autoscaler": object{"scale_down_utilization_threshold": 0.7}}, nil},
		{
			"delay without unit", object{
				"autoscaler": object{"scale_down_delay_after_add": "10"},
			}, []string{"not a duration", `Fix: Write`},
		},
		{"negative delay", object{
			"autoscaler": object{"scale_down_unneeded_time": "-10m"},
		}, []string{"The duration is negative"}},
		{
			"hour",
			withNested("srm_hds_cluster", "maintenance_window", object{"start_hour": int64(24)}),
			[]string{"start_hour"},
		},
		{"day", withNested("srm_hds_cluster", "maintenance_window", object{"day": "Sunday"}),
			[]string{"day", "sunday"}},
		{"zero timeout", object{"timeouts": object{"create": "0"}}, []string{"The timeout is not positive"}},
		{"negative timeout", object{"timeouts": object{"delete": "-1s"}}, []string{"The timeout is not positive"}},
	})
	validate(t, []string{"srm_kosmos_cluster"}, []validationCase{
		{
			"attested by control characters", object{
				"no_health_data": object{"by": "x\a", "reviewed_on": "2026-11-02"},
			}, []string{"control character"},
		},
	})
}

func TestWideRanges(t *testing.T) {
	t.Parallel()
	ranges := func(cidrs ...string) object {
		all := []object{}
		for _, cidr := range cidrs {
			all = append(all, object{"cidr": cidr})
		}
		return object{"allowed_ip_ranges": all}
	}
	const wide = "The allow-list allows a large part of the internet"
	validate(t, clusterKinds(), []validationCase{
		{"half", ranges("0.0.0.0/1"), []string{"WARNING", wide, "0.0.0.0/1", "Fix:"}},
		{"three quarters", ranges("0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2"), []string{"WARNING", wide}},
		{"all but a sixteenth", ranges("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4", "8.8.8.8/32"), []string{wide}},
		{
			"many of middle size", ranges(
				"1.0.0.0/14", "2.0.0.0/14", "3.0.0.0/14", "4.0.0.0/14",
			), []string{"WARNING", wide},
		},
		{"a provider", ranges("52.0.0.0/8"), []string{"WARNING", wide}},
		{"half of IPv6", ranges("2000::/4"), []string{"WARNING", wide}},
		{"private", ranges("10.0.0.0/8", "172.16.0.0/12"), nil},
		{"an organization", ranges("198.51.100.0/24", "51.15.0.0/16", "2001:db8::/32"), nil},
		{"mapped", ranges("::ffff:0:0/96"), []string{"IPv4 range in IPv6 notation"}},
		{"all", ranges("0.0.0.0/0"), []string{"ERROR", "open to the world"}},
		{"host bits", ranges("192.0.2.1/24"), []string{"bits set beyond its mask", `Write "192.0.2.0/24"`}},
	})
	ssh := func(cidrs ...string) object { return object{"ssh": object{"allowed_ip_ranges": cidrs}} }
	validate(t, []string{"srm_kosmos_external_node"}, []validationCase{
		{"world in halves", ssh("0.0.0.0/1", "128.0.0.0/1"), []string{"ERROR", "SSH would be open to the world"}},
		{"half", ssh("0.0.0.0/1"), []string{"WARNING", "SSH is open to a large part of the internet"}},
		{"office", ssh("192.0.2.0/24"), nil},
	})
}

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

// TestSpacesInNewNames checks that the plan refuses a new object with a space in its name. Validation accepts it, since
// an imported object may have such a name.
func TestSpacesInNewNames(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	on := env.Protocol(t)
	for _, kind := range append(clusterKinds(), poolKinds()...) {
		config := changedConfig(kind, object{"name": "medical records"})
		if diagnostics := on.ValidateResource(kind, config); diagnostics != "" {
			t.Errorf("%s: the validation refuses the name of an object that may exist:\n%s", kind, diagnostics)
		}
		action, diagnostics := on.Resource(kind, config).Plan(t.Context())
		acctest.Contains(t, diagnostics, "has spaces", `"medical records"`, `Fix: Write "medical-records".`)
		if action != "error" || len(env.Writes()) > 0 {
			t.Errorf("%s: %s, writes %v", kind, action, env.Writes())
		}
	}
}

func TestProviderValues(t *testing.T) {
	t.Parallel()
	on := acctest.New(t).Protocol(t)
	for name, test := range map[string]struct {
		config object
		want   []string
	}{
		"valid": {object{"hds_contract": object{"reference": "HDS-2026-001", "signed_on": "2026-01-15"}}, nil},
		"blank reference": {object{
			"hds_contract": object{"reference": "  ", "signed_on": "2026-01-15"},
		}, []string{"The text is empty", "reference"}},
		"newline": {object{"hds_contract": object{"reference": "HDS\n", "signed_on": "2026-01-15"}},
			[]string{"non-printable"}},
		"placeholder": {
			object{
				"hds_contract": object{"reference": "TODO", "signed_on": "2026-01-15"},
			}, []string{"hds_contract.reference is a placeholder", `Found: "TODO"`, "HDS-CTR-01"},
		},
		"certificate": {
			object{
				"hds_contract": object{
					"reference": "R", "signed_on": "2026-01-15", "certificate": object{"number": "tbd"},
				},
			}, []string{"hds_contract.certificate.number is a placeholder", "HDS-CTR-05"},
		},
		"document": {object{"hds_contract": object{"reference": "HDS-2026-001", "signed_on": "2026-01-15",
			"document": object{"uri": "https://wiki.example.org/hds.pdf", "sha256": strings.Repeat("0a", 32)}}}, nil},
		"document without digest": {object{"hds_contract": object{"reference": "HDS-2026-001",
			"signed_on": "2026-01-15",
			"document":  object{"uri": "https://wiki.example.org/hds.pdf"}}}, []string{"sha256"}},
		"document with a relative address": {object{"hds_contract": object{"reference": "HDS-2026-001",
			"signed_on": "2026-01-15", "document": object{"uri": "hds.pdf", "sha256": "0A"}}}, []string{
			"The address of the document is not an absolute URI", "HDS-CTR-01", "is not a SHA-256 digest",
		}},
		"date that does not exist": {object{
			"hds_contract": object{"reference": "R", "signed_on": "2026-02-30"},
		}, []string{
			"The value is not a date"}},
		"server name": {
			object{
				"kubernetes": object{"host": "10.0.0.4", "tls_server_name": "https://api.example.org"},
			}, []string{"neither a DNS name nor an IP address"},
		},
	} {
		diagnostics := on.ValidateProvider(test.config)
		acctest.Contains(t, diagnostics, test.want...)
		if len(test.want) == 0 && diagnostics != "" {
			t.Errorf("%s: %s", name, diagnostics)
		}
	}
}

// TestKubeletArguments checks that the plan validates kubelet arguments against the list of the cluster's version, and
// that no error contains a value.
func TestKubeletArguments(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	on := env.Protocol(t)
	plan := func(args map[string]string) string {
		_, diagnostics := on.Resource(
			"srm_hds_pool", changedConfig("srm_hds_pool", object{"cluster_id": cluster, "kubelet_args": args}),
		).Plan(t.Context())
		return diagnostics
	}
	acctest.Contains(t, plan(map[string]string{"maxPod": "110"}), `does not offer the kubelet argument "maxPod"`,
		`Fix: Write "maxPods"`,
		"The apply fails unless this is corrected")
	for name, values := range map[string][2]string{
		"maxPods": {"110", "many-7141"}, "cpuCFSQuota": {"true", "on-7141"}, "cpuCFSQuotaPeriod": {"100ms", "7141"},
		"cpuManagerPolicy": {"static", "dynamic-7141"}, "containerLogMaxSize": {"10Mi", "ten-7141"},
		"registryBurst": {"-1",
			"1.7141"},
	} {
		if diagnostics := plan(map[string]string{name: values[0]}); strings.Contains(diagnostics, "kubelet argument") {
			t.Errorf("%s: %s", name, diagnostics)
		}
		diagnostics := plan(map[string]string{name: values[1]})
		acctest.Contains(t, diagnostics, "ERROR: The value of a kubelet argument has the wrong type", name, "Allowed:")
		if strings.Contains(diagnostics, "7141") {
			t.Errorf("the error contains the value:\n%s", diagnostics)
		}
	}
}
