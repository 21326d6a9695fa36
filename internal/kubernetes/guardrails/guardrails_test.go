package guardrails

import (
	"encoding/json"
	"strings"
	"testing"
)

func example() Settings {
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
	one, other := example(), example()
	other.Zones = []string{"fr-par-1", "fr-par-2", "fr-par-1"}
	one.TLSPassthrough, other.TLSPassthrough = []Exception{
		{Namespace: "b"}, {Namespace: "a"},
	}, []Exception{{Namespace: "a"}, {Namespace: "b"}}
	one.LoadBalancers.Exemptions = []Exemption{{Namespace: "b"}, {Namespace: "a"}}
	other.LoadBalancers.Exemptions = []Exemption{{Namespace: "a"}, {Namespace: "b"}}
	if Digest(one.Objects()) != Digest(other.Objects()) || one.Encoded() != other.Encoded() {
		t.Error("the order of settings changes the objects")
	}
	decoded, err := Decode(one.Encoded())
	if err != nil || Digest(decoded.Objects()) != Digest(one.Objects()) {
		t.Error(err, decoded)
	}
	if one.LoadBalancers.Exemptions[0].Namespace != "b" {
		t.Error("the caller's settings were sorted")
	}
}

func TestEverySettingCounts(t *testing.T) {
	t.Parallel()
	base := Digest(example().Objects())
	for name, change := range map[string]func(*Settings){
		"class":     func(s *Settings) { s.ClassName = "other" },
		"namespace": func(s *Settings) { s.Namespace = "other" },
		"version":   func(s *Settings) { s.Version = 2 },
		"iops":      func(s *Settings) { s.IOPS = 15000 },
		"action":    func(s *Settings) { s.Ingress.Action = Warn },
		"exemption": func(s *Settings) { s.NodeDisk.Exemptions = []Exemption{{Namespace: "x"}} },
		"user":      func(s *Settings) { s.Users = append(s.Users, "scaleway:bearer:someone") },
		"backends":  func(s *Settings) { s.BackendTLS = Deny },
		"passed":    func(s *Settings) { s.TLSPassthrough = []Exception{{Namespace: "x"}} },
		"attested":  func(s *Settings) { s.AttestedRestores = []Exception{{Namespace: "x"}} },
		"ports":     func(s *Settings) { s.NodePorts.Action = Deny },
		"redirects": func(s *Settings) { s.HTTPRedirect = []Exception{{Namespace: "x"}} },
		"classes":   func(s *Settings) { s.DefaultCertificateClasses = []string{"nginx"} },
		"driver":    func(s *Settings) { s.InlineDrivers = []string{"example.com"} },
	} {
		s := example()
		if change(&s); Digest(s.Objects()) == base {
			t.Errorf("%s does not change the digest", name)
		}
	}
}

func TestStoragePoliciesKnowNoExemptionAndNoOtherAction(t *testing.T) {
	t.Parallel()
	s := example()
	all := Rule{Action: Audit, Exemptions: []Exemption{{Namespace: "legacy"}}}
	s.LoadBalancers, s.Ingress, s.NodeDisk, s.KubeSystem = all, all, all, all
	for _, p := range s.policies() {
		switch p.name {
		case Claims, Classes, Restores, PodVolumes:
			if p.rule.Action != Deny || len(p.rule.Exemptions) > 0 || len(p.conditions) > 0 {
				t.Errorf("%s can be loosened: %+v", p.name, p)
			}
		case Volumes, KnownVolumes: // one judges what the other leaves out
			if p.rule.Action != Deny || len(p.rule.Exemptions) > 0 {
				t.Errorf("%s can be loosened: %+v", p.name, p)
			}
		}
	}
}

func TestSecretNames(t *testing.T) {
	t.Parallel()
	for name, wanted := range map[string]bool{
		SecretName(1): true, SecretName(42): true, "srm-passphrase-v0": false, "srm-passphrase-v1x": false,
		"x-srm-passphrase-v1": false, "": false,
	} {
		if IsSecret(name) != wanted {
			t.Errorf("%q: %t", name, !wanted)
		}
	}
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	const passphrase = "correct horse battery staple, thirty-two or more"
	one, other := NewFingerprints(), NewFingerprints()
	if one.Fingerprint(passphrase) == other.Fingerprint(passphrase) {
		t.Error("two resources have the same fingerprint of a passphrase")
	}
	one.Keep("ns/a", passphrase)
	if one.Differs("ns/a", passphrase) || !one.Differs("ns/a", passphrase+"x") || one.Differs("ns/b", "anything") {
		t.Error("a passphrase is not told from another")
	}
	for _, kept := range one.Of {
		if strings.Contains(kept, passphrase) {
			t.Error("the fingerprint holds the passphrase")
		}
	}
}

// TestSettingsOfAnOlderVersion decodes settings that were written before there was a policy on node ports.
func TestSettingsOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	var older map[string]any
	if err := json.Unmarshal([]byte(example().Encoded()), &older); err != nil {
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
	if err != nil || Digest(decoded.Objects()) != Digest(example().Objects()) {
		t.Errorf("%v: %+v", err, decoded)
	}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		class       string
		annotations map[string]string
		expected    bool
	}{
		{"srm-encrypted", nil, true},
		{"sbs-default", nil, false},
		{"srm-encrypted", map[string]string{betaClass: ""}, false},
		{"srm-encrypted", map[string]string{betaClass: "sbs-default"}, false},
		{"", map[string]string{betaClass: "srm-encrypted"}, true},
	} {
		if actual := ClassOf(test.class, test.annotations) == example().ClassName; actual != test.expected {
			t.Errorf("class %q with the annotations %v: %v", test.class, test.annotations, actual)
		}
	}
}
