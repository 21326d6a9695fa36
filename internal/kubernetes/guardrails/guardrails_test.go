package guardrails

import (
	"encoding/json"
	"strings"
	"testing"
)

func exampleSettings() Settings {
	deny := Rule{Action: Deny}
	return Settings{
		ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, ReclaimPolicy: "Retain", IOPS: 5000,
		Zones:         []string{"fr-par-2", "fr-par-1"},
		LoadBalancers: deny, Ingress: deny, NodeDisk: Rule{Action: Audit}, KubeSystem: Rule{Action: Warn},
		Users: DefaultUsers(), Groups: DefaultGroups(),
		BackendTLS: Warn, InlineDrivers: DefaultInlineDrivers(), NodePorts: Rule{Action: Audit},
	}
}

func TestEqualSettingsGiveEqualObjects(t *testing.T) {
	t.Parallel()
	first, second := exampleSettings(), exampleSettings()
	second.Zones = []string{"fr-par-1", "fr-par-2", "fr-par-1"}
	first.TLSPassthrough, second.TLSPassthrough = []Exception{
		{Namespace: "b"}, {Namespace: "a"},
	}, []Exception{{Namespace: "a"}, {Namespace: "b"}}
	first.LoadBalancers.Exemptions = []Exemption{{Namespace: "b"}, {Namespace: "a"}}
	second.LoadBalancers.Exemptions = []Exemption{{Namespace: "a"}, {Namespace: "b"}}
	if Digest(first.Objects()) != Digest(second.Objects()) || first.Encode() != second.Encode() {
		t.Error("the order of lists in the settings changes the objects")
	}
	decoded, err := Decode(first.Encode())
	if err != nil || Digest(decoded.Objects()) != Digest(first.Objects()) {
		t.Errorf("decoded settings: got %+v, error %v", decoded, err)
	}
	if first.LoadBalancers.Exemptions[0].Namespace != "b" {
		t.Error("Objects sorted the settings of the caller")
	}
}

func TestEverySettingChangesDigest(t *testing.T) {
	t.Parallel()
	base := Digest(exampleSettings().Objects())
	for name, change := range map[string]func(*Settings){
		"class":               func(s *Settings) { s.ClassName = "other" },
		"namespace":           func(s *Settings) { s.Namespace = "other" },
		"version":             func(s *Settings) { s.Version = 2 },
		"iops":                func(s *Settings) { s.IOPS = 15000 },
		"action":              func(s *Settings) { s.Ingress.Action = Warn },
		"exemption":           func(s *Settings) { s.NodeDisk.Exemptions = []Exemption{{Namespace: "x"}} },
		"user":                func(s *Settings) { s.Users = append(s.Users, "scaleway:bearer:someone") },
		"backend TLS":         func(s *Settings) { s.BackendTLS = Deny },
		"TLS passthrough":     func(s *Settings) { s.TLSPassthrough = []Exception{{Namespace: "x"}} },
		"attested restores":   func(s *Settings) { s.AttestedRestores = []Exception{{Namespace: "x"}} },
		"node ports":          func(s *Settings) { s.NodePorts.Action = Deny },
		"HTTP redirect":       func(s *Settings) { s.HTTPRedirect = []Exception{{Namespace: "x"}} },
		"certificate classes": func(s *Settings) { s.DefaultCertificateClasses = []string{"nginx"} },
		"inline driver":       func(s *Settings) { s.InlineDrivers = []string{"example.com"} },
	} {
		s := exampleSettings()
		if change(&s); Digest(s.Objects()) == base {
			t.Errorf("%s: the digest does not change", name)
		}
	}
}

func TestStoragePoliciesCannotBeLoosened(t *testing.T) {
	t.Parallel()
	s := exampleSettings()
	all := Rule{Action: Audit, Exemptions: []Exemption{{Namespace: "legacy"}}}
	s.LoadBalancers, s.Ingress, s.NodeDisk, s.KubeSystem = all, all, all, all
	for _, p := range s.policies() {
		switch p.name {
		case Claims, Classes, Restores, PodVolumes:
			if p.rule.Action != Deny || len(p.rule.Exemptions) > 0 || len(p.conditions) > 0 {
				t.Errorf("%s: settings can loosen the policy: %+v", p.name, p)
			}
		case Volumes, KnownVolumes: // the conditions split the volumes between these policies
			if p.rule.Action != Deny || len(p.rule.Exemptions) > 0 {
				t.Errorf("%s: settings can loosen the policy: %+v", p.name, p)
			}
		}
	}
}

func TestSecretNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		SecretName(1): true, SecretName(42): true, "srm-passphrase-v0": false, "srm-passphrase-v1x": false,
		"x-srm-passphrase-v1": false, "": false,
	} {
		if IsSecret(name) != want {
			t.Errorf("IsSecret(%q): got %t, want %t", name, !want, want)
		}
	}
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	const passphrase = "correct horse battery staple, thirty-two or more"
	first, second := NewFingerprints(), NewFingerprints()
	if first.Fingerprint(passphrase) == second.Fingerprint(passphrase) {
		t.Error("two resources have the same fingerprint for a passphrase")
	}
	first.Set("ns/a", passphrase)
	if first.Differs("ns/a", passphrase) || !first.Differs("ns/a", passphrase+"x") || first.Differs("ns/b",
		"anything") {
		t.Error("Differs does not compare the passphrases")
	}
	for _, fingerprint := range first.BySecret {
		if strings.Contains(fingerprint, passphrase) {
			t.Error("the fingerprint contains the passphrase")
		}
	}
}

// TestDecodeSettingsOfOlderVersion decodes settings that were written before the policy on node ports existed.
func TestDecodeSettingsOfOlderVersion(t *testing.T) {
	t.Parallel()
	var older map[string]any
	if err := json.Unmarshal([]byte(exampleSettings().Encode()), &older); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"node_ports", "http_redirect", "default_certificate_classes"} {
		delete(older, name)
	}
	raw, err := json.Marshal(older)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := Decode(string(raw))
	if err != nil || Digest(decoded.Objects()) != Digest(exampleSettings().Objects()) {
		t.Errorf("got %+v, error %v", decoded, err)
	}
}

func TestEffectiveClass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		class       string
		annotations map[string]string
		want        bool
	}{
		{"srm-encrypted", nil, true},
		{"sbs-default", nil, false},
		{"srm-encrypted", map[string]string{betaClassAnnotation: ""}, false},
		{"srm-encrypted", map[string]string{betaClassAnnotation: "sbs-default"}, false},
		{"", map[string]string{betaClassAnnotation: "srm-encrypted"}, true},
	} {
		if got := EffectiveClass(test.class, test.annotations) == exampleSettings().ClassName; got != test.want {
			t.Errorf("class %q with the annotations %v: got %t, want %t", test.class, test.annotations, got, test.want)
		}
	}
}
