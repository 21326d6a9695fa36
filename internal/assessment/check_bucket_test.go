package assessment

import "testing"

// bucket names a bucket in the inputs, and gives it a region and storage classes of transitions.
func bucket(region string, classes ...string) func(*Facts, *Options) {
	return func(f *Facts, o *Options) {
		o.Inputs.Buckets = []NamedBucket{{Name: "records-backups"}}
		f.Project.Buckets = Read("buckets", []Bucket{{
			Name: "records-backups", Region: Fact[string]{Value: &region}, Transitions: Read("lifecycle", classes),
		}})
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	const check = "bucket_region_class"
	first := func(change func(*Bucket)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.Project.Buckets.Items[0]) }
	}
	unread := Fact[string]{Gap: withoutSet("ObjectStorageReadOnly")}
	runCheckTests(t, []checkTest{
		{"fr-par", check, bucket("fr-par"), Pass, "", "1 of 1"},
		{"elsewhere", check, bucket("nl-ams"), Fail, High, "region nl-ams"},
		{"transition", check, bucket("fr-par", "GLACIER"), Fail, High, "class GLACIER"},
		{"transition to another class", check, bucket("fr-par", "ONEZONE_IA"), Fail, High, "ONEZONE_IA"},
		{"region unread", check, both(bucket("fr-par"), first(func(b *Bucket) { b.Region = unread })), NotEvaluated, "",
			"not allowed"},
		{"lifecycle unread", check, both(bucket("fr-par"), first(func(b *Bucket) {
			b.Transitions = forbidden[string]("ObjectStorageReadOnly")
		})), NotEvaluated, "", "not allowed"},
		{"no bucket is named", check, both(bucket("nl-ams"), func(_ *Facts, o *Options) { o.Inputs.Buckets = nil }),
			NotEvaluated, "", "input is missing"},
		{"a bucket that the facts do not have", check, both(bucket("fr-par"), func(_ *Facts, o *Options) {
			o.Inputs.Buckets = append(o.Inputs.Buckets, NamedBucket{Name: "other"})
		}), NotEvaluated, "", ""},
		{"the facts have it of another Project", check, both(bucket("fr-par"), func(_ *Facts, o *Options) {
			o.Inputs.Buckets[0].ProjectID = "22222222-2222-4222-8222-222222222222"
		}), NotEvaluated, "", ""},
		{"of another Project", check, both(bucket("nl-ams"), func(f *Facts, o *Options) {
			o.Inputs.Buckets[0].ProjectID = "22222222-2222-4222-8222-222222222222"
			f.Project.Buckets.Items[0].ProjectID = o.Inputs.Buckets[0].ProjectID
		}), Fail, High, "region nl-ams"},
		{"buckets unread", check, both(bucket("fr-par"), func(f *Facts, _ *Options) {
			f.Project.Buckets = Collection[Bucket]{}
		}), NotEvaluated, "", ""},
		{"not for health data", check, both(bucket("nl-ams"), func(_ *Facts, o *Options) { o.HDS = false }),
			NotApplicable, "", ""},
	})
}
