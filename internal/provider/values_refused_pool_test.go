package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

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
