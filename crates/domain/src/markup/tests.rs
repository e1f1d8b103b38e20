use super::*;
#[test]
fn x() {
    println!("{}", parse("[b]x[/b]").html(&RenderOptions::default()));
}
