/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What source for Windows says about parameters, locks and interrupt levels. To
 * analysers it means something; here it is read by people alone.
 */
#ifndef _NDIS_NDISANNOTATION_H
#define _NDIS_NDISANNOTATION_H

#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif

#ifndef _In_
#define _In_
#define _In_opt_
#define _In_reads_(n)
#define _In_reads_bytes_(n)
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_(n)
#define _Inout_updates_bytes_(n)
#define _Out_
#define _Out_opt_
#define _Out_writes_(n)
#define _Out_writes_bytes_(n)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Ret_maybenull_
#define _Must_inspect_result_
#define _Success_(expression)
#define _When_(expression, annotations)
#define _At_(target, annotations)
#define _Use_decl_annotations_
#define _Function_class_(name)
#define _Acquires_lock_(lock)
#define _Releases_lock_(lock)
#define _Requires_lock_held_(lock)
#define _IRQL_requires_(irql)
#define _IRQL_requires_max_(irql)
#define _IRQL_requires_min_(irql)
#define _IRQL_requires_same_
#define _IRQL_raises_(irql)
#define _IRQL_saves_
#define _IRQL_restores_
#endif

#endif /* _NDIS_NDISANNOTATION_H */
