package guardrails

import (
	"maps"
	"slices"
)

// KnownName is the name of a Role and its binding, in the namespace of the guardrails, in which policies look up what the
// cluster holds: a policy cannot read other objects, and can ask who may do what. The Role lets an account that does not
// exist use names; nothing else is granted by it. A ConfigMap as a parameter is no way: once the last policy that has one
// is deleted, the API server reads it from a cache that it no longer refreshes.
const KnownName = "srm-known"

// The resources of the Role, of an API group that does not exist.
const (
	knownGroup   = "terraform-srm.github.io"
	knownClaims  = "olderclaims"
	knownSecrets = "passphrases"
	knownVerb    = "use"
)

// Known is what the cluster holds and policies need.
type Known struct {
	// Claims are the UIDs of the claims that are older than the policies and still wait for a volume.
	Claims []string
	// Secrets are the names of the Secrets with passphrases.
	Secrets []string
}

// lookup is a CEL expression: a name is among those of a resource of the Role. It costs much: an expression may hold two.
func (s Settings) lookup(resource, name string) string {
	return expand(`authorizer.serviceAccount({namespace}, {account}).group({group}).resource({resource}).namespace({namespace}).name({name}).check({verb}).allowed()`,
		"namespace", text(s.Namespace), "account", text(KnownName), "group", text(knownGroup), "resource", text(resource),
		"name", name, "verb", text(knownVerb))
}

// Lookup is what a policy looks up.
type Lookup int

// The lookups: OtherLookup is none of those of the policies.
const (
	OtherLookup Lookup = iota
	LookupClaims
	LookupSecrets
)

// LookupOf says what a question to the authorizer looks up.
func (s Settings) LookupOf(group, resource, namespace, verb string) Lookup {
	if group != knownGroup || namespace != s.Namespace || verb != knownVerb {
		return OtherLookup
	}
	return map[string]Lookup{knownClaims: LookupClaims, knownSecrets: LookupSecrets}[resource]
}

// KnownObjects are the Role that holds what is known, and its binding.
func (s Settings) KnownObjects(k Known) []Object {
	rules := []any{}
	names := map[string][]string{knownClaims: k.Claims, knownSecrets: k.Secrets}
	for _, resource := range slices.Sorted(maps.Keys(names)) {
		if len(names[resource]) == 0 {
			continue // a rule without names would hold for every name
		}
		values := []any{}
		for _, name := range ordered(names[resource]) {
			values = append(values, name)
		}
		rules = append(rules, map[string]any{
			"apiGroups": []any{knownGroup}, "resources": []any{resource}, "resourceNames": values, "verbs": []any{knownVerb},
		})
	}
	const group = "rbac.authorization.k8s.io"
	objects := []Object{
		newObject(group+"/v1", KindRole, KnownName, nil, map[string]any{"rules": rules}),
		newObject(group+"/v1", KindRoleBinding, KnownName, nil, map[string]any{
			"roleRef":  map[string]any{"apiGroup": group, "kind": KindRole, "name": KnownName},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": KnownName, "namespace": s.Namespace}},
		}),
	}
	for _, o := range objects {
		o.setNamespace(s.Namespace)
	}
	return objects
}
