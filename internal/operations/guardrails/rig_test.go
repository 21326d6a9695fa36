package guardrails_test

import (
	"encoding/base64"
	"slices"
	"time"

	objects "github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
)

const (
	passphrase      = "passphrase-of-version-one-0123456789abcdef"
	otherPassphrase = "another-passphrase-0123456789abcdefghijkl"
	timeout         = 30 * time.Minute
)

// desired returns guardrails with default settings.
func desired() guardrails.Desired {
	text := passphrase
	return guardrails.Desired{
		Settings: objects.Settings{
			ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, ReclaimPolicy: "Retain", IOPS: 5000,
			Zones:         []string{"fr-par-1", "fr-par-2", "fr-par-3"},
			LoadBalancers: objects.Rule{Action: objects.Deny}, Ingress: objects.Rule{Action: objects.Deny},
			NodeDisk: objects.Rule{Action: objects.Audit}, KubeSystem: objects.Rule{Action: objects.Warn},
			NodePorts: objects.Rule{Action: objects.Audit}, BackendTLS: objects.Warn,
			InlineDrivers: objects.DefaultInlineDrivers(), Users: objects.DefaultUsers(),
			Groups: objects.DefaultGroups(),
		},
		Passphrase: &text,
	}
}

// withPassphrase returns guardrails with another passphrase.
func withPassphrase(text string) guardrails.Desired {
	d := desired()
	d.Passphrase = &text
	return d
}

// applied stores guardrails as Create leaves them, and returns them as a state has them.
func (s *apiServer) applied() guardrails.Observed {
	s.t.Helper()
	d := desired()
	created := guardrails.Created{Owner: objects.NewOwnerID(), Fingerprints: objects.NewFingerprints()}
	created.Fingerprints.Set(d.CurrentSecret(), passphrase)
	s.create(secretsPath, `{apiVersion: v1, kind: Secret, metadata: {name: srm-passphrase-v1, labels: {`+
		`app.kubernetes.io/managed-by: terraform-provider-srm}}, immutable: true, data: {encryptionPassphrase: `+
		base64.StdEncoding.EncodeToString([]byte(passphrase))+`}}`)
	collections := map[string]string{
		objects.KindPolicy: policiesPath, objects.KindBinding: bindingsPath, objects.KindClass: classesPath,
		objects.KindNamespace:     namespacesPath,
		objects.KindNetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/srm-system/networkpolicies",
		objects.KindRole:          "/apis/rbac.authorization.k8s.io/v1/namespaces/srm-system/roles",
		objects.KindRoleBinding:   "/apis/rbac.authorization.k8s.io/v1/namespaces/srm-system/rolebindings",
	}
	lookup := objects.LookupData{Secrets: []string{"srm-passphrase-v1"}}
	isolation := []objects.Object{d.NamespaceObject(true), d.NetworkPolicyObject()}
	for _, object := range slices.Concat(isolation, d.LookupObjects(lookup), d.Objects()) {
		s.put(collections[object.Kind]+"/"+object.Name, object.Content)
	}
	s.record(objects.OwnerRecord{Owner: created.Owner, Phase: objects.Applied})
	return observed(created)
}

// observed returns new guardrails as a state has them.
func observed(created guardrails.Created) guardrails.Observed {
	return guardrails.Observed{
		Settings: desired().Settings, Owner: created.Owner, Fingerprints: created.Fingerprints,
		PendingClaims: created.OlderClaims,
	}
}

// record stores an ownership record, as another client does.
func (s *apiServer) record(record objects.OwnerRecord) { s.put(recordPath, record.Object().Content) }

// ownerRecord returns the ownership record, which is zero if there is none.
func (s *apiServer) ownerRecord() objects.OwnerRecord {
	texts := map[string]string{}
	for key, value := range s.annotations(recordPath) {
		texts[key], _ = value.(string)
	}
	return objects.ParseOwnerRecord(texts)
}

// checkApplied checks that the ownership record names the owner, and the phase applied.
func (s *apiServer) checkApplied(owner string) {
	s.t.Helper()
	if record, want := s.ownerRecord(), (objects.OwnerRecord{Owner: owner, Phase: objects.Applied}); record != want {
		s.t.Errorf("the ownership record is %+v, want %+v", record, want)
	}
}

// checkWrites checks the writes since the last call.
func (s *apiServer) checkWrites(wanted ...string) {
	s.t.Helper()
	if found := s.writes(); !slices.Equal(found, wanted) {
		s.t.Errorf("the writes are %q, want %q", found, wanted)
	}
}

const (
	olderClaim = `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: old}, ` +
		`spec: {storageClassName: sbs-default}, status: {phase: Pending}}`
	shippedClass = `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: sbs-default, ` +
		`annotations: {storageclass.kubernetes.io/is-default-class: "true"}}, provisioner: csi.scaleway.com}`
	defaultClaims = namespacesPath + "/default/persistentvolumeclaims"
)
