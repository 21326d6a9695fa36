package sandbox

import (
	"maps"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// permissionSet describes a permission set: the areas that it covers, and whether it allows reading only, or only some
// actions. Policies may also name permission sets that the sandbox does not have; these grant nothing.
type permissionSet struct {
	areas    []area
	readOnly bool
	actions  []string
	scope    iam.PermissionSetScopeType
}

func permissionSets() map[string]permissionSet {
	products := []area{areaKubernetes, areaVPC, areaGateway, areaIPAM, areaInstance, areaBlock, areaBalancer}
	products = append(products, areaSSHKey, areaKeyManager, areaSecretManager, areaRegistry, areaDatabase)
	products = append(products, areaCockpit, areaVPN, areaInterlink, areaFile, areaPrivateNetwork)
	prefixes := map[string][]area{}
	for _, other := range otherProducts() {
		products = append(products, other.area)
		prefixes[other.permissions] = []area{other.area}
	}
	sets := map[string]permissionSet{
		"KubernetesExternalNodeRegister":     {scope: iam.PermissionSetScopeTypeProjects},
		"KubernetesSystemMastersGroupAccess": {scope: iam.PermissionSetScopeTypeProjects},
		"ProjectManager": {
			areas: []area{areaAccount}, scope: iam.PermissionSetScopeTypeOrganization,
		},
		"ProjectReadOnly": {
			areas: []area{areaAccount}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization,
		},
		"IAMManager":  {areas: []area{areaIAM, areaAccount}, scope: iam.PermissionSetScopeTypeOrganization},
		"IAMReadOnly": {areas: []area{areaIAM}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization},
		"OrganizationManager": {
			areas: []area{areaAccount, areaContract, areaIAM}, scope: iam.PermissionSetScopeTypeOrganization,
		},
		// Documented as read access to general information: it has neither IAM nor Audit Trail.
		"OrganizationReadOnly": {
			areas: []area{areaAccount, areaContract}, readOnly: true,
			scope: iam.PermissionSetScopeTypeOrganization,
		},
	}
	maps.Copy(prefixes, map[string][]area{
		"AllProducts":     products,
		"Kubernetes":      {areaKubernetes},
		"VPC":             {areaVPC},
		"PrivateNetworks": {areaPrivateNetwork}, // and their subnets [INFERRED iam-private-networks]
		"VPCGateway":      {areaGateway},
		"IPAM":            {areaIPAM},
		"Instances":       {areaInstance},
		"BlockStorage":    {areaBlock},
		"FileStorage":     {areaFile},
		"LoadBalancers":   {areaBalancer},
		"SSHKeys":         {areaSSHKey},

		"KeyManager": {areaKeyManager}, "SecretManager": {areaSecretManager}, "ContainerRegistry": {areaRegistry},
		"RelationalDatabases": {areaDatabase},
		"Observability":       {areaCockpit},
		"SiteToSiteVPN":       {areaVPN},
		"Interlink":           {areaInterlink},
	})
	for prefix, areas := range prefixes {
		sets[prefix+"FullAccess"] = permissionSet{areas: areas, scope: iam.PermissionSetScopeTypeProjects}
		sets[prefix+"ReadOnly"] = permissionSet{areas: areas, readOnly: true, scope: iam.PermissionSetScopeTypeProjects}
	}
	maps.Copy(sets, iamPermissionSets())
	maps.Copy(sets, secretPermissionSets())
	addAuditTrailSets(sets)
	return sets
}

// allows reports whether a permission set allows an action in an area. A set that covers IAM covers its parts.
func (p permissionSet) allows(required area, action string) bool {
	covered := slices.Contains(p.areas, required) ||
		slices.Contains(iamParts(), required) && slices.Contains(p.areas, areaIAM)
	if len(p.actions) > 0 {
		return covered && slices.Contains(p.actions, action)
	}
	return covered && (action == "read" || !p.readOnly)
}

// isAllowed reports whether a key may perform an action in an area. The keys of the owner may do everything. The keys
// of an application or a member may do what the policies of the bearer and of its groups grant. The sandbox ignores the
// Projects and the conditions of rules.
func (s *Server) isAllowed(key *apiKey, required area, action string) bool {
	names, sets := key.PermissionSets, permissionSets()
	if names == nil {
		bearer, isUser := s.users.get(deref(key.UserID))
		if key.ApplicationID == nil && (!isUser || bearer.Type == iam.UserTypeOwner) {
			return true
		}
		names = s.permissionSetsOf(key)
	}
	for _, name := range names {
		if sets[name].allows(required, action) {
			return true
		}
		if name == "KubernetesExternalNodeRegister" && required == areaKubernetes && action == "register" {
			return true
		}
	}
	return false
}

// permissionSetsOf returns the names of the permission sets of the bearer of a key.
func (s *Server) permissionSetsOf(key *apiKey) []string {
	var names []string
	for _, p := range s.policies.list(nil) {
		applies := key.ApplicationID != nil && deref(p.ApplicationID) == *key.ApplicationID ||
			key.UserID != nil && deref(p.UserID) == *key.UserID
		if g, ok := s.groups.get(deref(p.GroupID)); ok {
			applies = applies || slices.Contains(g.ApplicationIDs, deref(key.ApplicationID)) ||
				slices.Contains(g.UserIDs, deref(key.UserID))
		}
		for _, r := range p.rules {
			if applies && r.PermissionSetNames != nil {
				names = append(names, *r.PermissionSetNames...)
			}
		}
	}
	return names
}
