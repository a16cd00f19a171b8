/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What source for Windows says about parameters, locks and interrupt levels. To
 * analysers it means something; here it is read by people alone. The annotations
 * before these, __in and __out, are in specstrings.h.
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
/* Parameters */
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_range_(low, high)
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_(n)
#define _Inout_updates_opt_(n)
#define _Inout_updates_bytes_(n)
#define _Inout_updates_bytes_opt_(n)
#define _Out_
#define _Out_opt_
#define _Out_range_(low, high)
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_writes_to_(n, written)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_to_(n, written)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Reserved_
#define _Notnull_
#define _Maybenull_
#define _Points_to_data_
#define _Frees_ptr_
#define _Frees_ptr_opt_

/* Members */
#define _Field_size_(n)
#define _Field_size_opt_(n)
#define _Field_size_bytes_(n)

/* Results, conditions, functions */
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Check_return_
#define _Must_inspect_result_
#define _Success_(expression)
#define _Return_type_success_(expression)
#define _When_(expression, annotations)
#define _At_(target, annotations)
#define _Pre_
#define _Pre_satisfies_(expression)
#define _Post_
#define _Post_satisfies_(expression)
#define _Analysis_assume_(expression)
#define _Use_decl_annotations_
#define _Function_class_(name)
#define _Dispatch_type_(type)

/* Locks */
#define _Acquires_lock_(lock)
#define _Acquires_exclusive_lock_(lock)
#define _Acquires_shared_lock_(lock)
#define _Releases_lock_(lock)
#define _Releases_exclusive_lock_(lock)
#define _Releases_shared_lock_(lock)
#define _Requires_lock_held_(lock)
#define _Requires_lock_not_held_(lock)
#define _Guarded_by_(lock)

/* Interrupt levels */
#define _IRQL_requires_(irql)
#define _IRQL_requires_max_(irql)
#define _IRQL_requires_min_(irql)
#define _IRQL_requires_same_
#define _IRQL_raises_(irql)
#define _IRQL_always_function_max_(irql)
#define _IRQL_always_function_min_(irql)
#define _IRQL_saves_
#define _IRQL_restores_
#endif

#endif /* _NDIS_NDISANNOTATION_H */
