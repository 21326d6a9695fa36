package guardrails

import (
	"slices"
	"strings"
)

// DefaultInlineDrivers returns CSI drivers whose inline volumes only hold Secrets and certificates.
func DefaultInlineDrivers() []string {
	return []string{"csi.cert-manager.io", "csi.spiffe.io", "secrets-store.csi.k8s.io"}
}

// dataDrivers returns well-known CSI drivers whose volumes hold data, by name or by the last parts of the name.
func dataDrivers() []string {
	return []string{
		Provisioner, "blob.csi.azure.com", "ceph.com", "ch.ctrox.csi.s3-driver", "cinder.csi.openstack.org",
		"csi-rclone",
		"csi-s3", "csi.juicefs.com", "csi.seaweedfs.com", "csi.trident.netapp.io", "csi.vsphere.vmware.com",
		"disk.csi.azure.com", "driver.longhorn.io", "ebs.csi.aws.com", "efs.csi.aws.com", "file.csi.azure.com",
		"filestore.csi.storage.gke.io", "fsx.csi.aws.com", "gcsfuse.csi.storage.gke.io", "hostpath.csi.k8s.io",
		"iscsi.csi.k8s.io",
		"linstor.csi.linbit.com", "nfs.csi.k8s.io", "openebs.io", "org.democratic-csi.iscsi", "org.democratic-csi.nfs",
		"pd.csi.storage.gke.io", "ru.yandex.s3.csi", "s3.csi.aws.com", "seaweedfs-csi-driver", "smb.csi.k8s.io",
		"topolvm.io",
	}
}

// HoldsData reports whether a CSI driver is known to hold data in its volumes. Unknown drivers may hold data, too.
func HoldsData(driver string) bool {
	driver = strings.ToLower(driver)
	return slices.ContainsFunc(dataDrivers(), func(known string) bool {
		return driver == known || strings.HasSuffix(driver, "."+known)
	})
}
