/* dfoo/sugar.h -- lists instead of array and count, and binds that pick by element type
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_SUGAR_H
#define DFOO_SUGAR_H
#ifndef DF_NO_HERE
#define DF__PLACE(call) df__leave_bool((df__enter(__FILE__, __LINE__), (call)))
#else
#define DF__PLACE(call) (call)
#endif
#define DF__LIST(...) ((df_node *[]){ __VA_ARGS__ })
#define DF__COUNT(...) ((int)(sizeof((df_node *[]){ __VA_ARGS__ }) / sizeof(df_node *)))
#ifndef __cplusplus
#define df_compile(g, ...) df_compile_list(g, DF__LIST(__VA_ARGS__), DF__COUNT(__VA_ARGS__), NULL)
#define df_print(f, how, ...) df_print_list(f, how, DF__LIST(__VA_ARGS__), DF__COUNT(__VA_ARGS__))
#define df_group(...) df_group_list(DF__LIST(__VA_ARGS__), DF__COUNT(__VA_ARGS__))
#define df_concat(axis, ...) df_concat_list(axis, DF__LIST(__VA_ARGS__), DF__COUNT(__VA_ARGS__))
#define df_stack(axis, ...) df_stack_list(axis, DF__LIST(__VA_ARGS__), DF__COUNT(__VA_ARGS__))
#define df_bind(p, x, v, n) \
    DF__PLACE(_Generic((v), \
        float *: df_bind_f32, const float *: df_bind_f32, \
        double *: df_bind_f64, const double *: df_bind_f64, \
        uint8_t *: df_bind_u8, const uint8_t *: df_bind_u8, \
        int32_t *: df_bind_i32, const int32_t *: df_bind_i32, \
        int64_t *: df_bind_i64, const int64_t *: df_bind_i64)(p, x, v, n))
#define df_bind_out(p, y, v, n) \
    DF__PLACE(_Generic((v), float *: df_bind_out_f32, double *: df_bind_out_f64, \
        int32_t *: df_bind_out_i32, int64_t *: df_bind_out_i64)(p, y, v, n))
#else
#include <initializer_list>
#define df_compile(g, ...) df__compile_cpp(g, { __VA_ARGS__ })
#define df_print(f, how, ...) df__print_cpp(f, how, { __VA_ARGS__ })
#define df_group(...) df__group_cpp({ __VA_ARGS__ })
#define df_concat(axis, ...) df__concat_cpp(axis, { __VA_ARGS__ })
#define df_stack(axis, ...) df__stack_cpp(axis, { __VA_ARGS__ })
static inline df_program *df__compile_cpp(df_graph *g, std::initializer_list<df_node *> l)
{
    return df_compile_list(g, l.begin(), (int)l.size(), nullptr);
}
static inline bool df__print_cpp(FILE *f, int how, std::initializer_list<df_node *> l)
{
    return df_print_list(f, how, l.begin(), (int)l.size());
}
static inline df_node *df__group_cpp(std::initializer_list<df_node *> l)
{
    return df_group_list(l.begin(), (int)l.size());
}
static inline df_node *df__concat_cpp(int axis, std::initializer_list<df_node *> l)
{
    return df_concat_list(axis, l.begin(), (int)l.size());
}
static inline df_node *df__stack_cpp(int axis, std::initializer_list<df_node *> l)
{
    return df_stack_list(axis, l.begin(), (int)l.size());
}
static inline bool df_bind(df_program *p, df_node *x, const float *v, int64_t n) { return df_bind_f32(p, x, v, n); }
static inline bool df_bind(df_program *p, df_node *x, const double *v, int64_t n) { return df_bind_f64(p, x, v, n); }
static inline bool df_bind(df_program *p, df_node *x, const uint8_t *v, int64_t n) { return df_bind_u8(p, x, v, n); }
static inline bool df_bind(df_program *p, df_node *x, const int32_t *v, int64_t n) { return df_bind_i32(p, x, v, n); }
static inline bool df_bind(df_program *p, df_node *x, const int64_t *v, int64_t n) { return df_bind_i64(p, x, v, n); }
static inline bool df_bind_out(df_program *p, df_node *y, float *v, int64_t n) { return df_bind_out_f32(p, y, v, n); }
static inline bool df_bind_out(df_program *p, df_node *y, double *v, int64_t n) { return df_bind_out_f64(p, y, v, n); }
static inline bool df_bind_out(df_program *p, df_node *y, int32_t *v, int64_t n) { return df_bind_out_i32(p, y, v, n); }
static inline bool df_bind_out(df_program *p, df_node *y, int64_t *v, int64_t n) { return df_bind_out_i64(p, y, v, n); }
#define df_bind(...) DF__PLACE(df_bind(__VA_ARGS__))
#define df_bind_out(...) DF__PLACE(df_bind_out(__VA_ARGS__))
#endif
#endif
