/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink family "chimney"; see Documentation/netlink.rst. */
#ifndef CHIM_CTL_NETLINK_H
#define CHIM_CTL_NETLINK_H

#include <linux/types.h>

struct chim_adapter;
struct chim_ctl_values;
struct chim_obj;
struct genl_family;
struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

/* Largest message about one object, in bytes. */
#define CHIM_CTL_OBJECT_SIZE	1024
/* What goes round them. */
#define CHIM_CTL_HEADER_SIZE	256

extern struct genl_family chim_ctl_family;

int chim_ctl_setup(void);
void chim_ctl_teardown(void);

/* Adapters */
int chim_ctl_adapter_get_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_adapter_get_start(struct netlink_callback *cb);
int chim_ctl_adapter_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int chim_ctl_adapter_add_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_adapter_del_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_adapter_set_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_adapter_pause_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_adapter_resume_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_adapter_upload_doit(struct sk_buff *skb, struct genl_info *info);

/* Objects, as they are */
int chim_ctl_object_get_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_object_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);

/* Operations on objects */
int chim_ctl_object_initiate_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_object_query_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_object_update_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_path_relink_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_object_invalidate_doit(struct sk_buff *skb,
				    struct genl_info *info);
int chim_ctl_object_terminate_doit(struct sk_buff *skb,
				   struct genl_info *info);

/* Counters */
int chim_ctl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int chim_ctl_stats_get_start(struct netlink_callback *cb);
int chim_ctl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

struct chim_adapter *chim_ctl_adapter(struct genl_info *info);
struct sk_buff *chim_ctl_reply(struct genl_info *info, size_t size,
			       void **header);
int chim_ctl_check_dump(struct netlink_callback *cb);
int chim_ctl_put_dev(struct sk_buff *skb, const struct chim_adapter *adapter);

#endif /* CHIM_CTL_NETLINK_H */
