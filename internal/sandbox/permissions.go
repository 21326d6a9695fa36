package sandbox

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// permissionSet describes a permission set: the areas that it covers, and whether it allows reading only. Policies may
// also name permission sets that the sandbox does not have; these grant nothing.
type permissionSet struct {
	areas    []area
	readOnly bool
	scope    iam.PermissionSetScopeType
}

func permissionSets() map[string]permissionSet {
	products := []area{areaKubernetes, areaVPC, areaGateway, areaIPAM, areaInstance, areaBlock, areaBalancer}
	sets := map[string]permissionSet{
		"KubernetesExternalNodeRegister":     {scope: iam.PermissionSetScopeTypeProjects},
		"KubernetesSystemMastersGroupAccess": {scope: iam.PermissionSetScopeTypeProjects},
		"ProjectManager": {
			areas: []area{areaAccount}, scope: iam.PermissionSetScopeTypeOrganization,
		},
		"ProjectReadOnly": {
			areas: []area{areaAccount}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization,
		},
		"IAMManager":  {areas: []area{areaIAM}, scope: iam.PermissionSetScopeTypeOrganization},
		"IAMReadOnly": {areas: []area{areaIAM}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization},
		"OrganizationManager": {
			areas: []area{areaAccount, areaContract, areaIAM}, scope: iam.PermissionSetScopeTypeOrganization,
		},
		"OrganizationReadOnly": {
			areas: []area{
				areaAccount, areaContract, areaIAM,
			}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization,
		},
	}
	for prefix, areas := range map[string][]area{
		"AllProducts":     products,
		"Kubernetes":      {areaKubernetes},
		"VPC":             {areaVPC},
		"PrivateNetworks": {areaVPC},
		"VPCGateway":      {areaGateway},
		"IPAM":            {areaIPAM},
		"Instances":       {areaInstance},
		"BlockStorage":    {areaBlock},
		"LoadBalancers":   {areaBalancer},
	} {
		sets[prefix+"FullAccess"] = permissionSet{areas: areas, scope: iam.PermissionSetScopeTypeProjects}
		sets[prefix+"ReadOnly"] = permissionSet{areas: areas, readOnly: true, scope: iam.PermissionSetScopeTypeProjects}
	}
	return sets
}

// isAllowed reports whether a key may perform an action in an area. The keys of the owner may do everything. The keys
// of an application may do what the policies of the application and of its groups grant. The sandbox ignores the
// Projects and the conditions of rules.
func (s *Server) isAllowed(key *apiKey, required area, action string) bool {
	if key.PermissionSets == nil && key.ApplicationID == nil {
		return true
	}
	names, sets := key.PermissionSets, permissionSets()
	if names == nil {
		names = s.permissionSetsOf(*key.ApplicationID)
	}
	for _, name := range names {
		set := sets[name]
		if slices.Contains(set.areas, required) && (action == "read" || !set.readOnly) {
			return true
		}
		if name == "KubernetesExternalNodeRegister" && required == areaKubernetes && action == "register" {
			return true
		}
	}
	return false
}

// permissionSetsOf returns the names of the permission sets of an application.
func (s *Server) permissionSetsOf(applicationID string) []string {
	var names []string
	for _, p := range s.policies.list(nil) {
		applies := deref(p.ApplicationID) == applicationID
		if g, ok := s.groups.get(deref(p.GroupID)); ok {
			applies = applies || slices.Contains(g.ApplicationIDs, applicationID)
		}
		for _, r := range p.rules {
			if applies && r.PermissionSetNames != nil {
				names = append(names, *r.PermissionSetNames...)
			}
		}
	}
	return names
}

// scopeOf returns the scope of the permission sets of a rule, which is the same for all of them. If the sandbox has
// none of them, it returns the scope of Projects.
func scopeOf(names *[]string) iam.PermissionSetScopeType {
	if names != nil {
		for _, name := range *names {
			if set, ok := permissionSets()[name]; ok {
				return set.scope
			}
		}
	}
	return iam.PermissionSetScopeTypeProjects
}

func (s *Server) listPermissionSets(c *call) (any, error) {
	found := []*iam.PermissionSet{}
	for name, set := range permissionSets() {
		categories := []string{}
		for _, covered := range set.areas {
			categories = append(categories, string(covered))
		}
		found = append(found, &iam.PermissionSet{
			ID: uuid.NewSHA1(
				uuid.NameSpaceURL, []byte(name),
			).String(), Name: name, ScopeType: set.scope, Categories: &categories,
		})
	}
	slices.SortFunc(found, func(a, b *iam.PermissionSet) int { return cmp.Compare(a.Name, b.Name) })
	page, total := paginate(c, found)
	return map[string]any{"permission_sets": page, "total_count": total}, nil
}
