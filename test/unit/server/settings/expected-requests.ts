/** The request of each kind and action, with parts of ids and kept values named after their parameters. */
export const expected = `
pve_change_storage storage create: POST /storage given=x storage=storage
pve_change_storage storage update: PUT /storage/storage given=x digest=d1
pve_delete storage delete: DELETE /storage/storage given=x
pve_change_storage storage_content allocate: POST /nodes/pve1/storage/storage/content given=x
pve_change_storage storage_content update: PUT /nodes/pve1/storage/storage/content/storage:volume given=x
pve_change_storage storage_content download: POST /nodes/pve1/storage/storage/download-url given=x
pve_change_storage storage_content upload: POST /nodes/pve1/storage/storage/upload filename=a.iso given=x file:/images/a.iso
pve_change_storage storage_content oci_pull: POST /nodes/pve1/storage/storage/oci-registry-pull given=x
pve_change_storage storage_content template: POST /nodes/pve1/aplinfo given=x storage=storage
pve_delete storage_content delete: DELETE /nodes/pve1/storage/storage/content/storage:volume given=x
pve_delete old_backups delete: DELETE /nodes/pve1/storage/storage/prunebackups given=x
pve_change_network network_interface create: POST /nodes/pve1/network given=x iface=iface
pve_change_network network_interface update: PUT /nodes/pve1/network/iface type=kept-type given=x
pve_delete network_interface delete: DELETE /nodes/pve1/network/iface given=x
pve_change_network network revert: DELETE /nodes/pve1/network given=x
pve_administer network apply: PUT /nodes/pve1/network given=x
pve_administer sdn revert: POST /cluster/sdn/rollback given=x
pve_administer sdn apply: PUT /cluster/sdn given=x
pve_change_network sdn_zone create: POST /cluster/sdn/zones given=x zone=zone
pve_change_network sdn_zone update: PUT /cluster/sdn/zones/zone given=x digest=d1
pve_delete sdn_zone delete: DELETE /cluster/sdn/zones/zone given=x
pve_change_network sdn_vnet create: POST /cluster/sdn/vnets given=x vnet=vnet
pve_change_network sdn_vnet update: PUT /cluster/sdn/vnets/vnet given=x digest=d1
pve_delete sdn_vnet delete: DELETE /cluster/sdn/vnets/vnet given=x
pve_change_network sdn_subnet create: POST /cluster/sdn/vnets/vnet/subnets given=x type=subnet subnet=subnet
pve_change_network sdn_subnet update: PUT /cluster/sdn/vnets/vnet/subnets/subnet given=x digest=d1
pve_delete sdn_subnet delete: DELETE /cluster/sdn/vnets/vnet/subnets/subnet given=x
pve_change_network sdn_controller create: POST /cluster/sdn/controllers given=x controller=controller
pve_change_network sdn_controller update: PUT /cluster/sdn/controllers/controller given=x digest=d1
pve_delete sdn_controller delete: DELETE /cluster/sdn/controllers/controller given=x
pve_change_network sdn_dns create: POST /cluster/sdn/dns given=x dns=dns ask:key
pve_change_network sdn_dns update: PUT /cluster/sdn/dns/dns given=x digest=d1
pve_delete sdn_dns delete: DELETE /cluster/sdn/dns/dns given=x
pve_change_network sdn_ipam create: POST /cluster/sdn/ipams given=x ipam=ipam ask:token
pve_change_network sdn_ipam update: PUT /cluster/sdn/ipams/ipam given=x digest=d1
pve_delete sdn_ipam delete: DELETE /cluster/sdn/ipams/ipam given=x
pve_change_firewall firewall_rule create: POST /nodes/pve2/qemu/101/firewall/rules given=x digest=d1
pve_change_firewall firewall_rule update: PUT /nodes/pve2/qemu/101/firewall/rules/pos given=x digest=d1
pve_delete firewall_rule delete: DELETE /nodes/pve2/qemu/101/firewall/rules/pos given=x digest=d1
pve_change_firewall firewall_alias create: POST /nodes/pve2/qemu/101/firewall/aliases given=x name=name
pve_change_firewall firewall_alias update: PUT /nodes/pve2/qemu/101/firewall/aliases/name cidr=kept-cidr given=x digest=d1
pve_delete firewall_alias delete: DELETE /nodes/pve2/qemu/101/firewall/aliases/name given=x digest=d1
pve_change_firewall ipset create: POST /nodes/pve2/qemu/101/firewall/ipset given=x name=name digest=d1
pve_change_firewall ipset update: POST /nodes/pve2/qemu/101/firewall/ipset name=name given=x rename=name digest=d1
pve_delete ipset delete: DELETE /nodes/pve2/qemu/101/firewall/ipset/name given=x
pve_change_firewall ipset_entry create: POST /nodes/pve2/qemu/101/firewall/ipset/name given=x cidr=cidr
pve_change_firewall ipset_entry update: PUT /nodes/pve2/qemu/101/firewall/ipset/name/cidr given=x digest=d1
pve_delete ipset_entry delete: DELETE /nodes/pve2/qemu/101/firewall/ipset/name/cidr given=x digest=d1
pve_change_firewall security_group create: POST /cluster/firewall/groups given=x group=group digest=d1
pve_change_firewall security_group update: POST /cluster/firewall/groups group=group given=x rename=group digest=d1
pve_delete security_group delete: DELETE /cluster/firewall/groups/group given=x
pve_change_firewall security_group_rule create: POST /cluster/firewall/groups/group given=x digest=d1
pve_change_firewall security_group_rule update: PUT /cluster/firewall/groups/group/pos given=x digest=d1
pve_delete security_group_rule delete: DELETE /cluster/firewall/groups/group/pos given=x digest=d1
pve_change_firewall firewall_options update: PUT /nodes/pve2/qemu/101/firewall/options given=x digest=d1
pve_change_cluster pool create: POST /pools given=x poolid=poolid
pve_change_cluster pool update: PUT /pools given=x poolid=poolid
pve_change_cluster pool add: PUT /pools given=x poolid=poolid
pve_change_cluster pool remove: PUT /pools given=x delete=1 poolid=poolid
pve_delete pool delete: DELETE /pools given=x poolid=poolid
pve_change_cluster user create: POST /access/users given=x userid=userid
pve_change_cluster user update: PUT /access/users/userid enable=kept-enable given=x
pve_administer user unlock_tfa: PUT /access/users/userid/unlock-tfa given=x
pve_delete user delete: DELETE /access/users/userid given=x
pve_change_cluster group create: POST /access/groups given=x groupid=groupid
pve_change_cluster group update: PUT /access/groups/groupid given=x
pve_delete group delete: DELETE /access/groups/groupid given=x
pve_change_cluster backup_job create: POST /cluster/backup given=x id=id
pve_change_cluster backup_job update: PUT /cluster/backup/id given=x
pve_delete backup_job delete: DELETE /cluster/backup/id given=x
pve_change_cluster ha_resource create: POST /cluster/ha/resources given=x sid=sid
pve_change_cluster ha_resource update: PUT /cluster/ha/resources/sid given=x digest=d1
pve_delete ha_resource delete: DELETE /cluster/ha/resources/sid purge=1 given=x
pve_change_cluster ha_rule create: POST /cluster/ha/rules given=x rule=rule
pve_change_cluster ha_rule update: PUT /cluster/ha/rules/rule type=kept-type given=x digest=d1
pve_delete ha_rule delete: DELETE /cluster/ha/rules/rule given=x
pve_change_cluster ha_group create: POST /cluster/ha/groups given=x group=group
pve_change_cluster ha_group update: PUT /cluster/ha/groups/group given=x digest=d1
pve_delete ha_group delete: DELETE /cluster/ha/groups/group given=x
pve_change_cluster replication_job create: POST /cluster/replication given=x type=local id=id
pve_change_cluster replication_job update: PUT /cluster/replication/id given=x digest=d1
pve_change_cluster replication_job run: POST /nodes/pve1/replication/id/schedule_now given=x
pve_delete replication_job delete: DELETE /cluster/replication/id given=x
pve_change_cluster datacenter_options update: PUT /cluster/options given=x
pve_change_cluster node_options update: PUT /nodes/pve1/config given=x digest=d1
pve_change_cluster node_dns update: PUT /nodes/pve1/dns search=kept-search dns1=kept-dns1 dns2=kept-dns2 dns3=kept-dns3 given=x
pve_change_cluster mapping_pci create: POST /cluster/mapping/pci given=x id=id
pve_change_cluster mapping_pci update: PUT /cluster/mapping/pci/id given=x digest=d1
pve_delete mapping_pci delete: DELETE /cluster/mapping/pci/id given=x
pve_change_cluster mapping_usb create: POST /cluster/mapping/usb given=x id=id
pve_change_cluster mapping_usb update: PUT /cluster/mapping/usb/id map=kept-map given=x digest=d1
pve_delete mapping_usb delete: DELETE /cluster/mapping/usb/id given=x
pve_administer mapping_dir create: POST /cluster/mapping/dir given=x id=id
pve_administer mapping_dir update: PUT /cluster/mapping/dir/id given=x digest=d1
pve_delete mapping_dir delete: DELETE /cluster/mapping/dir/id given=x
pve_change_cluster metric_server create: POST /cluster/metrics/server/id given=x
pve_change_cluster metric_server update: PUT /cluster/metrics/server/id server=kept-server port=kept-port given=x digest=d1
pve_delete metric_server delete: DELETE /cluster/metrics/server/id given=x
pve_change_cluster notification_gotify create: POST /cluster/notifications/endpoints/gotify given=x name=name ask:token
pve_change_cluster notification_gotify update: PUT /cluster/notifications/endpoints/gotify/name given=x digest=d1
pve_delete notification_gotify delete: DELETE /cluster/notifications/endpoints/gotify/name given=x
pve_change_cluster notification_sendmail create: POST /cluster/notifications/endpoints/sendmail given=x name=name
pve_change_cluster notification_sendmail update: PUT /cluster/notifications/endpoints/sendmail/name given=x digest=d1
pve_delete notification_sendmail delete: DELETE /cluster/notifications/endpoints/sendmail/name given=x
pve_change_cluster notification_smtp create: POST /cluster/notifications/endpoints/smtp given=x name=name
pve_change_cluster notification_smtp update: PUT /cluster/notifications/endpoints/smtp/name given=x digest=d1
pve_delete notification_smtp delete: DELETE /cluster/notifications/endpoints/smtp/name given=x
pve_change_cluster notification_webhook create: POST /cluster/notifications/endpoints/webhook given=x name=name
pve_change_cluster notification_webhook update: PUT /cluster/notifications/endpoints/webhook/name given=x digest=d1
pve_delete notification_webhook delete: DELETE /cluster/notifications/endpoints/webhook/name given=x
pve_change_cluster notification_matcher create: POST /cluster/notifications/matchers given=x name=name
pve_change_cluster notification_matcher update: PUT /cluster/notifications/matchers/name given=x digest=d1
pve_delete notification_matcher delete: DELETE /cluster/notifications/matchers/name given=x
pve_change_cluster notification_target test: POST /cluster/notifications/targets/name/test given=x
pve_administer realm_sync_job create: POST /cluster/jobs/realm-sync/id given=x
pve_administer realm_sync_job update: PUT /cluster/jobs/realm-sync/id schedule=kept-schedule given=x
pve_delete realm_sync_job delete: DELETE /cluster/jobs/realm-sync/id given=x
pve_change_cluster acme_account create: POST /cluster/acme/account given=x name=name
pve_change_cluster acme_account update: PUT /cluster/acme/account/name given=x
pve_delete acme_account delete: DELETE /cluster/acme/account/name given=x
pve_change_cluster acme_plugin create: POST /cluster/acme/plugins given=x id=id
pve_change_cluster acme_plugin update: PUT /cluster/acme/plugins/id given=x digest=d1
pve_delete acme_plugin delete: DELETE /cluster/acme/plugins/id given=x
pve_administer acl grant: PUT /access/acl given=x delete=0 path=path
pve_administer acl revoke: PUT /access/acl given=x delete=1 path=path
pve_administer role create: POST /access/roles given=x roleid=roleid
pve_administer role update: PUT /access/roles/roleid given=x
pve_delete role delete: DELETE /access/roles/roleid given=x
pve_administer token create: POST /access/users/userid/token/tokenid given=x
pve_administer token update: PUT /access/users/userid/token/tokenid given=x
pve_administer token regenerate: PUT /access/users/userid/token/tokenid given=x regenerate=1
pve_delete token delete: DELETE /access/users/userid/token/tokenid given=x
pve_administer realm create: POST /access/domains given=x realm=realm
pve_administer realm update: PUT /access/domains/realm given=x digest=d1
pve_administer realm sync: POST /access/domains/realm/sync given=x
pve_delete realm delete: DELETE /access/domains/realm given=x
pve_administer password update: PUT /access/password given=x userid=userid ask:password+confirmation-password
pve_delete tfa delete: DELETE /access/tfa/userid/entry given=x ask:password
pve_administer node reboot: POST /nodes/pve1/status given=x command=reboot
pve_administer node shutdown: POST /nodes/pve1/status given=x command=shutdown
pve_administer ha arm: POST /cluster/ha/status/arm-ha given=x
pve_administer ha disarm: POST /cluster/ha/status/disarm-ha given=x
pve_administer certificate upload: POST /nodes/pve1/certificates/custom given=x
pve_administer certificate order: POST /nodes/pve1/certificates/acme/certificate given=x
pve_administer certificate renew: PUT /nodes/pve1/certificates/acme/certificate given=x
pve_delete certificate delete: DELETE /nodes/pve1/certificates/custom given=x
pve_administer apt_repository add: PUT /nodes/pve1/apt/repositories given=x digest=d1
pve_administer apt_repository update: POST /nodes/pve1/apt/repositories given=x digest=d1
pve_administer apt_repository refresh: POST /nodes/pve1/apt/update given=x
pve_control_service service start: POST /nodes/pve1/services/service/start
pve_control_service service restart: POST /nodes/pve1/services/service/restart
pve_control_service service reload: POST /nodes/pve1/services/service/reload
pve_control_service service stop: POST /nodes/pve1/services/service/stop
`;
