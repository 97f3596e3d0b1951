retrun migration {}
