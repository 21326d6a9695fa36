package provider_test

import (
	"testing"
)

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
