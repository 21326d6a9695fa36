package assessment

import (
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// bucketChecks returns the checks of buckets of Object Storage.
func bucketChecks() []Check {
	return []Check{{
		ID: "bucket_region_class", Layer: LayerAPI, Severity: High, HDSOnly: true,
		Title: Text{EN: "Buckets of backups and traces", FR: "Buckets des sauvegardes et des traces"},
		Expected: Text{
			EN: "The buckets that the input buckets names are in fr-par, and no lifecycle rule moves objects to " +
				"another storage class.",
			FR: "Les buckets nommés par le paramètre buckets sont en fr-par, et aucune règle de cycle de vie ne " +
				"déplace d'objets vers une autre classe de stockage.",
		},
		Remedy: Text{
			EN: "Create a bucket in fr-par, copy the objects and change the tool that writes to it; remove " +
				"transitions with aws s3api put-bucket-lifecycle-configuration.",
			FR: "Créer un bucket en fr-par, copier les objets et modifier l'outil qui y écrit ; retirer les " +
				"transitions avec aws s3api put-bucket-lifecycle-configuration.",
		},
		judge: judgeBuckets,
	}}
}

// judgeBuckets judges the buckets that an input names: which other buckets hold health data is not known.
func judgeBuckets(j *judgement) {
	names := j.options.Inputs.Buckets
	if len(names) == 0 {
		j.reads(&Gap{Reason: InputMissing, Needs: "buckets"})
		return
	}
	list := j.facts.Project.Buckets
	j.reads(list.Missing())
	for _, named := range names {
		object := Object{ID: "Bucket/" + named.Name, Source: list.Source, Attribute: "region"}
		i := slices.IndexFunc(list.Items, func(b Bucket) bool {
			return b.Name == named.Name && (named.ProjectID == "" || b.ProjectID == named.ProjectID)
		})
		if i < 0 {
			if list.Missing() == nil {
				j.unknown(object, Gap{Reason: NotAsked, Detail: "the facts do not have the bucket"})
			}
			continue
		}
		j.judgeBucket(list.Items[i], object)
	}
}

func (j *judgement) judgeBucket(b Bucket, object Object) {
	switch missing := b.Region.Missing(); {
	case missing != nil:
		j.unknown(object, *missing)
	case compliance.CheckRegion(*b.Region.Value) != nil:
		object.Value = *b.Region.Value
		j.fail(object, High, "A bucket is in the region "+*b.Region.Value+".",
			"Un bucket est dans la région "+*b.Region.Value+".")
	default:
		object.Value = *b.Region.Value
		j.pass(object)
	}
	object.Attribute, object.Value = "lifecycle transitions", strings.Join(b.Transitions.Items, ", ")
	switch missing := b.Transitions.Missing(); {
	case len(b.Transitions.Items) > 0:
		j.fail(object, High, "A lifecycle rule moves objects to the class "+object.Value+".",
			"Une règle de cycle de vie déplace des objets vers la classe "+object.Value+".")
	case missing != nil:
		j.unknown(object, *missing)
	default:
		object.Value = "none"
		j.pass(object)
	}
}
