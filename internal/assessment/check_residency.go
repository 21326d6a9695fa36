package assessment

import (
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

func judgeZones(j *judgement) {
	facts := j.facts
	each(j, facts.Pools, func(p Pool) {
		if p.IsExternal {
			return
		}
		object := j.poolObject(p, "zone", "")
		if zone, ok := known(j, object, p.Zone); ok {
			judgeZone(j, object, zone)
		}
	})
	for _, l := range loadBalancersOfCluster(j) {
		judgeZone(j, l.object(facts.Project.LoadBalancers.Source, "zone", ""), l.Zone)
	}
	j.reads(facts.Nodes.Missing())
	uses := usesVolume(facts)
	each(j, facts.Project.Volumes, func(v Volume) {
		object := v.object(facts.Project.Volumes.Source, "zone", "")
		isUsed, missing := uses(v)
		if isUsed {
			judgeZone(j, object, v.Zone)
		} else if missing != nil && compliance.ZoneEligibility(v.Zone).Status != compliance.Eligible {
			j.unknown(object, *missing)
		}
	})
	each(j, facts.Project.Gateways, func(g Gateway) {
		judgeZone(j, Object{
			ID: g.Zone + "/" + g.ID, Name: g.Name, Source: facts.Project.Gateways.Source, Attribute: "zone",
		}, g.Zone)
	})
	judgeStrayLoadBalancers(j)
}

// outsideRegions returns Scaleway's regions outside fr-par.
func outsideRegions() []string { return []string{"it-mil", "nl-ams", "pl-waw"} }

// readsOutside records that lists of kinds of resources in regions outside fr-par are not in the facts. Where no list
// could be read, one list without region and kind says why.
func (j *judgement) readsOutside(regions []string, kinds ...string) {
	for _, list := range j.facts.Project.OtherRegions {
		if list.Region == "" && !j.reads(list.Missing()) {
			return
		}
	}
	for _, region := range regions {
		for _, kind := range kinds {
			if !slices.ContainsFunc(j.facts.Project.OtherRegions, func(l ResourceList) bool {
				return l.Region == region && l.Kind == kind
			}) {
				j.reads(&Gap{Reason: NotAsked})
				return
			}
		}
	}
}

// judgeStrayLoadBalancers judges the Load Balancers of the cluster in other regions: a Service can name any zone.
func judgeStrayLoadBalancers(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	others := slices.DeleteFunc(outsideRegions(), func(region string) bool { return region == cluster.Region })
	j.readsOutside(others, KindLoadBalancer)
	for _, list := range j.facts.Project.OtherRegions {
		if list.Kind != KindLoadBalancer || list.Region == cluster.Region {
			continue // The Load Balancers of the cluster's region are judged with the others of the cluster.
		}
		each(j, list.Collection, func(r Resource) {
			if strings.HasPrefix(r.Name, cluster.ID) {
				judgeZone(j, r.object(list.Source, "zone", ""), r.Locality)
			}
		})
	}
}

// judgeZone judges the zone of an object.
func judgeZone(j *judgement, object Object, zone string) {
	object.Value = zone
	switch compliance.ZoneEligibility(zone).Status {
	case compliance.Eligible:
		j.pass(object)
	case compliance.Undecided:
		j.decide(object, "No source lists the zone "+zone+" for health data.",
			"Aucune source ne cite la zone "+zone+" pour des données de santé.")
	default:
		j.fail(object, High, "It is in the zone "+zone+".", "Elle se trouve dans la zone "+zone+".")
	}
}

// object returns the resource as the object of a check.
func (r Resource) object(source, attribute, value string) Object {
	return Object{ID: r.Locality + "/" + r.ID, Name: r.Name, Source: source, Attribute: attribute, Value: value}
}

// judgeOtherRegions judges the lists of resources in the regions outside fr-par. An empty list is an object without a
// deviation.
func judgeOtherRegions(j *judgement) {
	project := j.facts.Project
	j.readsOutside(outsideRegions(), KindVolume, KindSnapshot, KindLoadBalancer, KindGateway)
	regions := []string{}
	for _, list := range project.OtherRegions {
		if list.Region == compliance.Region {
			continue
		}
		if !slices.Contains(regions, list.Region) {
			regions = append(regions, list.Region)
		}
		each(j, list.Collection, func(r Resource) { judgeOutside(j, r.object(list.Source, "kind", list.Kind)) })
		if list.Missing() == nil && len(list.Items) == 0 {
			j.pass(Object{ID: list.Region, Source: list.Source, Attribute: list.Kind, Value: "0"})
		}
	}
	each(j, project.Databases, func(d Database) {
		if d.Region != compliance.Region {
			regions = slices.DeleteFunc(regions, func(r string) bool { return r == d.Region })
			judgeOutside(j, d.object(project.Databases.Source, "kind", "database"))
		}
	})
	if project.Databases.Missing() != nil {
		return
	}
	for _, region := range regions {
		j.pass(Object{ID: region, Source: project.Databases.Source, Attribute: "database", Value: "0"})
	}
}

// judgeOutside records a resource outside fr-par, whose kind is the value. Those that store data are severe.
func judgeOutside(j *judgement, object Object) {
	if object.Value == KindLoadBalancer || object.Value == KindGateway {
		j.fail(object, Low, "The Project has network resources outside fr-par.",
			"Le Projet a des ressources réseau hors de fr-par.")
		return
	}
	j.fail(object, High, "The Project stores data outside fr-par.", "Le Projet stocke des données hors de fr-par.")
}
