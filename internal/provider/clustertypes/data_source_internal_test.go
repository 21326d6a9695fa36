package clustertypes

import (
	"reflect"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestNewClusterTypes(t *testing.T) {
	t.Parallel()
	got := newClusterTypes([]*k8s.ClusterType{
		{
			Name: "kapsule-dedicated-16", Availability: k8s.ClusterTypeAvailabilityShortage, MaxNodes: 500,
			Memory: 16 * scw.GB, MaxEtcdSize: 200 * scw.MB,
			SLA: 99.95, Resiliency: k8s.ClusterTypeResiliencyHighAvailability, Dedicated: true,
			AuditLogsSupported: true,
			CommitmentDelay:    &scw.Duration{Seconds: 2592000},
		},
		{
			Name: "multicloud-dedicated-4", Availability: k8s.ClusterTypeAvailabilityScarce, Memory: 4 * scw.GB,
			Dedicated: true,
		},
		{Name: "kapsule", Availability: k8s.ClusterTypeAvailabilityAvailable, Memory: 4 * scw.GB},
	})
	want := []clusterType{
		{Name: "kapsule", Availability: "available", Resiliency: "unknown_resiliency", MemoryBytes: 4_000_000_000},
		{
			Name: "multicloud-dedicated-4", Availability: "scarce", Dedicated: true, Resiliency: "unknown_resiliency",
			MemoryBytes: 4_000_000_000,
		},
		{
			Name: "kapsule-dedicated-16", Availability: "shortage", HDS: true, Dedicated: true,
			AuditLogsSupported: true,
			SLA:                99.95,
			Resiliency:         "high_availability", MaxNodes: 500, MemoryBytes: 16_000_000_000,
			MaxEtcdSizeBytes: 200_000_000,
			CommitmentDays:   30,
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if none := newClusterTypes(nil); none == nil {
		t.Error("no offers become null in place of an empty list")
	}
}
