package guardrails

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LookupRoleName is the name of a Role and its RoleBinding in the namespace of the guardrails. Policies use them for
// lookups: a policy cannot read other objects, but it can check permissions. The Role grants a service account that
// does not exist the use of names in an API group that does not exist, and nothing else. A ConfigMap as a policy
// parameter does not work: after the last policy with a parameter is deleted, the API server reads it from a cache that
// it no longer refreshes.
const LookupRoleName = "srm-known"

// The API group, resources and verb of the Role. The group does not exist.
const (
	lookupGroup      = "terraform-srm.github.io"
	claimsResource   = "olderclaims"
	reservedResource = "reservedclaims"
	secretsResource  = "passphrases"
	lookupVerb       = "use"
)

// canaryName is a name that the Role never grants. If it is granted, RBAC grants every name: the lookups are "open",
// and the policies ignore them. A rule with other resourceNames opens only the lookups of these names. Policies cannot
// detect such a rule, so a refresh looks for it.
const canaryName = "never-granted"

// LookupData holds the names that the policies look up.
type LookupData struct {
	// Claims are the claims that are older than the policies and still pending. They wait for a volume of the CSI
	// driver, or a PersistentVolume reserves them.
	Claims []OlderClaim
	// Secrets are the names of the Secrets with passphrases.
	Secrets []string
}

// OlderClaim is a claim with an exception for one volume that the policies would otherwise refuse.
type OlderClaim struct {
	Namespace, Name, UID string
	// Class is the class of the volume that the provisioner may create. It is empty if Volume is set.
	Class string
	// Volume is a PersistentVolume that reserves the claim by name and may be bound to it.
	Volume string
}

// Key returns the name under which policies look up the claim. Its parts contain no slash.
func (c OlderClaim) Key() string {
	return strings.Join([]string{c.Namespace, c.Name, c.UID, c.Class + c.Volume}, "/")
}

// resource returns the resource of the Role for the key.
func (c OlderClaim) resource() string {
	if c.Volume != "" {
		return reservedResource
	}
	return claimsResource
}

// String returns the claim as "namespace/name".
func (c OlderClaim) String() string { return c.Namespace + "/" + c.Name }

// parseOlderClaim parses a resource and a key. It returns false if they do not identify a claim.
func parseOlderClaim(resource, key string) (OlderClaim, bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return OlderClaim{}, false
	}
	found := OlderClaim{Namespace: parts[0], Name: parts[1], UID: parts[2]}
	switch resource {
	case claimsResource:
		found.Class = parts[3]
	case reservedResource:
		found.Volume = parts[3]
	default:
		return OlderClaim{}, false
	}
	return found, true
}

// IsLookupName reports whether policies look up a name of a resource.
func IsLookupName(resource, name string) bool {
	_, isClaim := parseOlderClaim(resource, name)
	return isClaim || resource == secretsResource && IsSecret(name)
}

// claimKeyExpr returns a CEL expression for the key of the claim in the claimRef of a provisioned PersistentVolume.
func claimKeyExpr() string {
	return `[object.spec.claimRef.namespace, object.spec.claimRef.name, object.spec.claimRef.uid, ` +
		classExpr("object") +
		`].join('/')`
}

// reservedKeyExpr is a CEL expression for the key of the claim that an older PersistentVolume reserves.
const reservedKeyExpr = `[variables.newClaim[0], variables.newClaim[1], variables.newClaim[2], ` +
	`object.metadata.name].join('/')`

// lookupExpr returns a CEL expression that reports whether the Role grants a name of a resource. Its CEL cost is high:
// an expression can contain at most two. Each variable counts as a separate expression.
func (s Settings) lookupExpr(resource, name string) string {
	return expand(
		`authorizer.serviceAccount({namespace}, {account}).group({group}).resource({resource})`+
			`.namespace({namespace}).name({name}).check({verb}).allowed()`,
		"namespace",
		celString(s.Namespace),
		"account",
		celString(LookupRoleName),
		"group",
		celString(lookupGroup),
		"resource",
		celString(resource),
		"name",
		name,
		"verb",
		celString(lookupVerb),
	)
}

// closedVariable returns a variable that reports whether the lookups of a resource are not open.
func (s Settings) closedVariable(name, resource string) namedExpression {
	return namedExpression{name, "!" + s.lookupExpr(resource, celString(canaryName))}
}

// openLookupText is the beginning of the message of a policy that ignores its lookups because they are open.
const openLookupText = "HDS-ENC-03: the policy ignores the lookups of the guardrails"

// IsOpenLookupMessage reports whether a policy refused a request because its lookups are open.
func IsOpenLookupMessage(message string) bool { return strings.Contains(message, openLookupText) }

// openLookupMessage returns the message of a policy that ignores its lookups because they are open.
func (s Settings) openLookupMessage() string {
	return celString(
		fmt.Sprintf("%s because RBAC grants the service account %s/%s every name. A Role or ClusterRole is bound to "+
			"this account or to a group of all service accounts. An administrator must remove that binding. The next "+
			"plan of srm_hds_guardrails shows it.", openLookupText, s.Namespace, LookupRoleName),
	)
}

// LookupKind is the kind of a lookup.
type LookupKind int

// The kinds of lookups. OtherLookup is a check that is not a lookup of the guardrails. LookupCanary is the check of a
// canary name.
const (
	OtherLookup LookupKind = iota
	LookupClaims
	LookupReserved
	LookupSecrets
	LookupCanary
)

// ClassifyLookup returns the kind of a check of the authorizer.
func (s Settings) ClassifyLookup(group, resource, namespace, name, verb string) LookupKind {
	if group != lookupGroup || namespace != s.Namespace || verb != lookupVerb {
		return OtherLookup
	}
	found := map[string]LookupKind{
		claimsResource: LookupClaims, reservedResource: LookupReserved, secretsResource: LookupSecrets,
	}[resource]
	if found != OtherLookup && name == canaryName {
		return LookupCanary
	}
	return found
}

// Right is a permission in the namespace of the guardrails.
type Right struct{ Group, Resource, Name, Verb string }

// CanaryRights returns the permissions for canary names, which the service account of the lookups must not have.
func CanaryRights() []Right {
	found := []Right{}
	for _, resource := range []string{claimsResource, reservedResource, secretsResource} {
		found = append(found, Right{lookupGroup, resource, canaryName, lookupVerb})
	}
	return found
}

// LookupAccount returns the user name of the service account of the lookups, and the groups that the API server assigns
// to it in the checks of a policy. The account has no ServiceAccount object.
func (s Settings) LookupAccount() (user string, groups []string) {
	return "system:serviceaccount:" + s.Namespace + ":" + LookupRoleName,
		[]string{"system:serviceaccounts", "system:serviceaccounts:" + s.Namespace}
}

// ParseLookupRules parses the rules of the Role. It ignores rules of other origin.
func ParseLookupRules(rules []any) LookupData {
	found := LookupData{}
	for _, item := range rules {
		rule, _ := item.(map[string]any)
		names, _ := rule["resourceNames"].([]any)
		resources, _ := rule["resources"].([]any)
		for _, value := range names {
			name, _ := value.(string)
			for _, resource := range resources {
				resourceName, _ := resource.(string)
				if claim, ok := parseOlderClaim(resourceName, name); ok {
					found.Claims = append(found.Claims, claim)
				}
			}
			if IsSecret(name) && slices.Contains(resources, any(secretsResource)) {
				found.Secrets = append(found.Secrets, name)
			}
		}
	}
	return found
}

// LookupObjects returns the Role with the lookup data and its RoleBinding.
func (s Settings) LookupObjects(k LookupData) []Object {
	rules := []any{}
	names := map[string][]string{secretsResource: k.Secrets}
	for _, claim := range k.Claims {
		names[claim.resource()] = append(names[claim.resource()], claim.Key())
	}
	for _, resource := range slices.Sorted(maps.Keys(names)) {
		if len(names[resource]) == 0 {
			continue // a rule without resourceNames would grant every name
		}
		values := []any{}
		for _, name := range sortedUnique(names[resource]) {
			values = append(values, name)
		}
		rules = append(rules, map[string]any{
			"apiGroups": []any{lookupGroup}, "resources": []any{resource}, "resourceNames": values,
			"verbs": []any{lookupVerb},
		})
	}
	const group = "rbac.authorization.k8s.io"
	objects := []Object{
		newObject(group+"/v1", KindRole, LookupRoleName, nil, map[string]any{"rules": rules}),
		newObject(group+"/v1", KindRoleBinding, LookupRoleName, nil, map[string]any{
			"roleRef": map[string]any{"apiGroup": group, "kind": KindRole, "name": LookupRoleName},
			"subjects": []any{
				map[string]any{"kind": "ServiceAccount", "name": LookupRoleName, "namespace": s.Namespace},
			},
		}),
	}
	for _, o := range objects {
		o.setNamespace(s.Namespace)
	}
	return objects
}
