package collect

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// buckets reads the named buckets. A bucket that cannot be read is in the list, with gaps.
func (c *collector) buckets(ctx context.Context, cluster *k8s.Cluster) assessment.Collection[assessment.Bucket] {
	found := make([]assessment.Bucket, len(c.Buckets))
	var work sync.WaitGroup
	for i, named := range c.Buckets {
		work.Go(func() {
			project := cmp.Or(named.ProjectID, cluster.ProjectID)
			bucket, gap := read(ctx, c, func(ctx context.Context) (*scaleway.Bucket, error) {
				return c.Scaleway.Bucket(ctx, cluster.Region, project, named.Name)
			})
			found[i] = newBucket(named.Name, bucket, gap)
			found[i].ProjectID = project
		})
	}
	work.Wait()
	return assessment.Read("S3 GetBucketLocation, GetBucketLifecycleConfiguration", found)
}

// newBucket converts a bucket; bucket is nil if there is a gap.
func newBucket(name string, bucket *scaleway.Bucket, gap *assessment.Gap) assessment.Bucket {
	found := assessment.Bucket{Name: name, Region: assessment.Fact[string]{Gap: gap}}
	found.Transitions.Gap = gap
	if bucket == nil {
		return found
	}
	found.Region = fact("S3 GetBucketLocation", bucket.Region.Value.String(), gapOf(bucket.Region.Err))
	classes := []string{}
	for _, rule := range bucket.Lifecycle.Value {
		if rule.Enabled {
			classes = append(classes, rule.StorageClasses...)
		}
	}
	slices.Sort(classes)
	found.Transitions = collection(
		"S3 GetBucketLifecycleConfiguration", slices.Compact(classes), gapOf(bucket.Lifecycle.Err),
	)
	return found
}
