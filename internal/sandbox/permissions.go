package sandbox

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// grants says which permission set gives what: the areas that it covers, and whether only to read. A set that is not
// here can be put in a policy, and grants nothing that the sandbox has.
type grants struct {
	areas    []area
	readOnly bool
	scope    iam.PermissionSetScopeType
}

func permissionSets() map[string]grants {
	products := []area{areaKubernetes, areaVPC, areaGateway, areaIPAM, areaInstance, areaBlock, areaBalancer}
	sets := map[string]grants{
		"KubernetesExternalNodeRegister":     {scope: iam.PermissionSetScopeTypeProjects},
		"KubernetesSystemMastersGroupAccess": {scope: iam.PermissionSetScopeTypeProjects},
		"ProjectManager":                     {areas: []area{areaAccount}, scope: iam.PermissionSetScopeTypeOrganization},
		"ProjectReadOnly": {
			areas: []area{areaAccount}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization,
		},
		"IAMManager":  {areas: []area{areaIAM}, scope: iam.PermissionSetScopeTypeOrganization},
		"IAMReadOnly": {areas: []area{areaIAM}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization},
		"OrganizationManager": {
			areas: []area{areaAccount, areaContract, areaIAM}, scope: iam.PermissionSetScopeTypeOrganization,
		},
		"OrganizationReadOnly": {
			areas: []area{areaAccount, areaContract, areaIAM}, readOnly: true, scope: iam.PermissionSetScopeTypeOrganization,
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
		sets[prefix+"FullAccess"] = grants{areas: areas, scope: iam.PermissionSetScopeTypeProjects}
		sets[prefix+"ReadOnly"] = grants{areas: areas, readOnly: true, scope: iam.PermissionSetScopeTypeProjects}
	}
	return sets
}

// allowed says whether a key may act on an area. The owner's keys may do everything, those of an application what its
// policies and its groups' policies grant. On which Projects, and a rule's condition, the sandbox does not look at.
func (s *Server) allowed(key *apiKey, of area, action string) bool {
	if key.PermissionSets == nil && key.ApplicationID == nil {
		return true
	}
	names, known := key.PermissionSets, permissionSets()
	if names == nil {
		names = s.granted(*key.ApplicationID)
	}
	for _, name := range names {
		set := known[name]
		if slices.Contains(set.areas, of) && (action == "read" || !set.readOnly) {
			return true
		}
		if name == "KubernetesExternalNodeRegister" && of == areaKubernetes && action == "register" {
			return true
		}
	}
	return false
}

// granted are the names of the permission sets that an application has.
func (s *Server) granted(applicationID string) []string {
	var names []string
	for _, p := range s.policies.list(nil) {
		bearer := deref(p.ApplicationID) == applicationID
		if g, ok := s.groups.get(deref(p.GroupID)); ok {
			bearer = bearer || slices.Contains(g.ApplicationIDs, applicationID)
		}
		for _, r := range p.rules {
			if bearer && r.PermissionSetNames != nil {
				names = append(names, *r.PermissionSetNames...)
			}
		}
	}
	return names
}

// scopeOf is the scope of the permission sets of a rule, which all have the same; one that the sandbox does not know is
// taken for a product's.
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
		for _, of := range set.areas {
			categories = append(categories, string(of))
		}
		found = append(found, &iam.PermissionSet{
			ID: uuid.NewSHA1(
				uuid.NameSpaceURL, []byte(name),
			).String(), Name: name, ScopeType: set.scope, Categories: &categories,
		})
	}
	slices.SortFunc(found, func(a, b *iam.PermissionSet) int { return cmp.Compare(a.Name, b.Name) })
	page, total := paged(c, found)
	return map[string]any{"permission_sets": page, "total_count": total}, nil
}
