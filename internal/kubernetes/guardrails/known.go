package guardrails

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// KnownName is the name of a Role and its binding, in the namespace of the guardrails, in which policies look up what
// the cluster holds: a policy cannot read other objects, and can ask who may do what. The Role lets an account that
// does not exist use names; nothing else is granted by it. A ConfigMap as a parameter is no way: once the last policy
// that has one is deleted, the API server reads it from a cache that it no longer refreshes.
const KnownName = "srm-known"

// The resources of the Role, of an API group that does not exist.
const (
	knownGroup    = "terraform-srm.github.io"
	knownClaims   = "olderclaims"
	knownReserved = "reservedclaims"
	knownSecrets  = "passphrases"
	knownVerb     = "use"
)

// canary is a name that the Role never grants. Where it can be used, RBAC grants every name, and no lookup counts. A
// rule with other resourceNames opens the lookups of these alone, which no policy can tell from the Role: a refresh
// looks for it.
const canary = "never-granted"

// Known is what the cluster holds and policies need.
type Known struct {
	// Claims are those that are older than the policies and still wait for a volume: one of the driver, or one that
	// reserves them.
	Claims []OlderClaim
	// Secrets are the names of the Secrets with passphrases.
	Secrets []string
}

// OlderClaim is a claim that may get one volume that the policies would refuse otherwise.
type OlderClaim struct {
	Namespace, Name, UID string
	// Class is that of the volume that the provisioner may write. It is empty where Volume is not.
	Class string
	// Volume is a PersistentVolume that reserves the claim by its name, and may be bound to it.
	Volume string
}

// Key is the name under which policies look up a claim. None of its parts has a slash.
func (c OlderClaim) Key() string {
	return strings.Join([]string{c.Namespace, c.Name, c.UID, c.Class + c.Volume}, "/")
}

// resource is that of the Role which has the key.
func (c OlderClaim) resource() string {
	if c.Volume != "" {
		return knownReserved
	}
	return knownClaims
}

// String is how users name a claim.
func (c OlderClaim) String() string { return c.Namespace + "/" + c.Name }

// olderClaimOf is the inverse of Key and resource; false for other texts.
func olderClaimOf(resource, key string) (OlderClaim, bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return OlderClaim{}, false
	}
	found := OlderClaim{Namespace: parts[0], Name: parts[1], UID: parts[2]}
	switch resource {
	case knownClaims:
		found.Class = parts[3]
	case knownReserved:
		found.Volume = parts[3]
	default:
		return OlderClaim{}, false
	}
	return found, true
}

// IsLookup says whether policies look up a name of a resource of the Role.
func IsLookup(resource, name string) bool {
	_, isClaim := olderClaimOf(resource, name)
	return isClaim || resource == knownSecrets && IsSecret(name)
}

// claimKey is a CEL expression: the key of the claim that a PersistentVolume of a provisioner names.
func claimKey() string {
	return `[object.spec.claimRef.namespace, object.spec.claimRef.name, object.spec.claimRef.uid, ` + classOf("object") +
		`].join('/')`
}

// reservedKey is a CEL expression: the key of the claim that an older PersistentVolume reserves.
const reservedKey = `[variables.newClaim[0], variables.newClaim[1], variables.newClaim[2], ` +
	`object.metadata.name].join('/')`

// lookup is a CEL expression: a name is among those of a resource of the Role. It costs much: an expression may hold
// two, and a variable is an expression of its own.
func (s Settings) lookup(resource, name string) string {
	return expand(`authorizer.serviceAccount({namespace}, `+
		`{account}).group({group}).resource({resource}).namespace({namespace}).name({name}).check({verb}).allowed()`,
		"namespace", text(s.Namespace), "account", text(KnownName), "group", text(knownGroup), "resource", text(resource),
		"name", name, "verb", text(knownVerb))
}

// closed is a variable: the lookups of a resource are not answered with yes to every name.
func (s Settings) closed(name, resource string) named {
	return named{name, "!" + s.lookup(resource, text(canary))}
}

// openLookup begins the message of a policy whose lookups do not count.
const openLookup = "HDS-ENC-03: lookups of the guardrails do not count"

// IsOpenLookup says whether a refusal of a policy has the cause that RBAC grants its lookups every name.
func IsOpenLookup(said string) bool { return strings.Contains(said, openLookup) }

func (s Settings) openMessage() string {
	return text(fmt.Sprintf("%s: the rights of the service account %s/%s cover every name, by a Role or ClusterRole "+
		"that is bound to it or to a group of all service accounts. An administrator must remove that binding; the next "+
		"plan of "+
		"srm_hds_guardrails names it.", openLookup, s.Namespace, KnownName))
}

// Lookup is what a policy looks up.
type Lookup int

// The lookups: OtherLookup is none of those of the policies. LookupCanary is a name that is never granted.
const (
	OtherLookup Lookup = iota
	LookupClaims
	LookupReserved
	LookupSecrets
	LookupCanary
)

// LookupOf says what a question to the authorizer looks up.
func (s Settings) LookupOf(group, resource, namespace, name, verb string) Lookup {
	if group != knownGroup || namespace != s.Namespace || verb != knownVerb {
		return OtherLookup
	}
	found := map[string]Lookup{
		knownClaims: LookupClaims, knownReserved: LookupReserved, knownSecrets: LookupSecrets,
	}[resource]
	if found != OtherLookup && name == canary {
		return LookupCanary
	}
	return found
}

// Right is a right in the namespace of the guardrails.
type Right struct{ Group, Resource, Name, Verb string }

// Canaries are the rights that the account of the lookups must not have.
func Canaries() []Right {
	found := []Right{}
	for _, resource := range []string{knownClaims, knownReserved, knownSecrets} {
		found = append(found, Right{knownGroup, resource, canary, knownVerb})
	}
	return found
}

// KnownAccount is the account of the lookups as the API server names it, with the groups that a policy's authorizer
// gives it. It has no object.
func (s Settings) KnownAccount() (user string, groups []string) {
	return "system:serviceaccount:" + s.Namespace + ":" + KnownName,
		[]string{"system:serviceaccounts", "system:serviceaccounts:" + s.Namespace}
}

// KnownOf reads back what the rules of a Role hold, without what is not of this package.
func KnownOf(rules []any) Known {
	found := Known{}
	for _, one := range rules {
		rule, _ := one.(map[string]any)
		names, _ := rule["resourceNames"].([]any)
		resources, _ := rule["resources"].([]any)
		for _, value := range names {
			name, _ := value.(string)
			for _, resource := range resources {
				of, _ := resource.(string)
				if claim, ok := olderClaimOf(of, name); ok {
					found.Claims = append(found.Claims, claim)
				}
			}
			if IsSecret(name) && slices.Contains(resources, any(knownSecrets)) {
				found.Secrets = append(found.Secrets, name)
			}
		}
	}
	return found
}

// KnownObjects are the Role that holds what is known, and its binding.
func (s Settings) KnownObjects(k Known) []Object {
	rules := []any{}
	names := map[string][]string{knownSecrets: k.Secrets}
	for _, claim := range k.Claims {
		names[claim.resource()] = append(names[claim.resource()], claim.Key())
	}
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
