package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ExportJobs lists the export jobs of Audit Trail in a region. organizationID "" means the configured one. Source: GET
// /audit-trail/v1alpha1/regions/{region}/export-jobs.
func (c *Client) ExportJobs(
	ctx context.Context, region scw.Region, organizationID string,
) ([]*audit_trail.ExportJob, error) {
	return listIn(ctx, "export jobs of Audit Trail", region, c.auditTrail.Regions(),
		func(o ...scw.RequestOption) ([]*audit_trail.ExportJob, error) {
			list, err := c.auditTrail.ListExportJobs(
				&audit_trail.ListExportJobsRequest{Region: region, OrganizationID: organizationID}, o...,
			)
			if err != nil {
				return nil, err
			}
			return list.ExportJobs, nil
		})
}

// AlertRules lists the preconfigured alert rules of Audit Trail in a region. Source: GET
// /audit-trail/v1alpha1/regions/{region}/alert-rules.
func (c *Client) AlertRules(
	ctx context.Context, region scw.Region, organizationID string,
) ([]*audit_trail.AlertRule, error) {
	return listIn(ctx, "alert rules of Audit Trail", region, c.auditTrail.Regions(),
		func(o ...scw.RequestOption) ([]*audit_trail.AlertRule, error) {
			list, err := c.auditTrail.ListAlertRules(
				&audit_trail.ListAlertRulesRequest{Region: region, OrganizationID: organizationID}, o...,
			)
			if err != nil {
				return nil, err
			}
			return list.AlertRules, nil
		})
}
